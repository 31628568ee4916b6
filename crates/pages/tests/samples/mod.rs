//! One of every page, and of its states.

use poolhouse_pages::{
    Account, AccountPage, AddPasskey, Attribute, Brand, ChangePassword, Choice, ChooseAccount, ChooseFactor,
    Code, CodeSource, Confirm, Consent, CustomChallenge, Error, Expired, Factor, FactorState, ForgotPassword,
    Form, Href, Identity, Item, Language, Link, LinkOutcome, Moment, NewPassword, Notice, Page, Passkey,
    Passkeys, Password, PasswordRules, Picture, Problem, Profile, ProfileAttribute, Provider, Providers,
    Purpose, Resend, ResetPassword, SetUpApp, SetUpEmail, Shell, SignIn, SignUp, SignedOut, Terms,
    Unavailable, Usage, UsePasskey, UsernameKind,
};

/// The name and the document of each. Every text that a caller passes is `hostile`, where that is given.
pub(crate) fn render(
    language: Language,
    hostile: Option<&str>,
    style_sheets: &[Href<'_>],
) -> Vec<(&'static str, String)> {
    let w = |usual: &'static str| hostile.unwrap_or(usual);
    let href = |usual: &'static str| Href::new(w(usual));
    let picture =
        hostile.map(|address| Picture { light: Href::new(address), dark: Some(Href::new(address)) });
    let brand = Brand {
        name: w("Lindenhof"),
        logo: None,
        favicon: Some(href("/assets/favicon.png")),
        style_sheets,
        header: picture,
        footer: picture,
        graphic: picture,
    };
    let shell = Shell::new(language, "", brand.clone()).with_languages(w("/login?client_id=abc"));
    let shell = &shell;
    let with_logo = Shell::new(language, w("/_domains/linden"), Brand { logo: picture, ..brand });
    let hidden = [(w("_csrf"), w("5bd3e0a9")), (w("state"), w("sealed"))];
    let hidden = &hidden[..];
    let form = Form::to(href("/login"), hidden);
    let values =
        [("username", w("ada@example.com")), ("email", w("ada@example")), ("name", w("Ada Lovelace"))];
    let with = |problems| Form { values: &values, problems, ..form.clone() };
    let wrong_code = [("code", Problem::WrongCode)];
    let wrong_password = [("password", Problem::WrongCredentials)];
    let said = [("", Problem::Said(w("The function says no.")))];
    let many = [
        ("email", Problem::InvalidEmail),
        ("password", Problem::PasswordRules),
        ("", Problem::Said(w("And no."))),
    ];
    let identity = Identity { username: w("ada@example.com"), change: href("/login") };
    let long = Identity {
        username: w("a-rather-long-name-that-someone-chose-for-herself@mail.example.com"),
        change: href("/login"),
    };
    let options = w(r#"{"challenge":"AAAA","rpId":"localhost"}"#);
    let passkey = Passkey { form: form.clone(), options };
    let rules = PasswordRules { length: 8, lower: true, upper: true, number: true, symbol: true, history: 4 };
    let provider = |name, social| Provider {
        name: w(name),
        icon: picture.map(|p| p.light),
        href: href("/oauth2/authorize"),
        social,
    };
    let list = [provider("Google", true), provider("Lindenhof AD", false)];
    let providers = |first| Providers { list: &list, first };
    let attribute = |name, required| Attribute { name, required, number: false };
    let attributes = [
        attribute("email", true),
        attribute("name", true),
        attribute("phone_number", false),
        attribute("birthdate", false),
        Attribute { name: w("custom:team"), required: false, number: true },
    ];
    let choice = |factor, destination| Choice { factor, destination };
    let mail = Some(w("a***@e***.com"));
    let phone = Some(w("+********00"));
    let resend = Some(form.clone());
    let kind = UsernameKind::Email;

    let sign_in = SignIn {
        shell,
        form: form.clone(),
        username: kind,
        with_password: true,
        passkey: None,
        providers: Providers::default(),
        sign_up: Some(href("/signup")),
        forgot: Some(href("/forgotPassword")),
    };
    let code = Code {
        shell,
        form: form.clone(),
        identity: Some(identity),
        source: CodeSource::SentTo(w("a***@e***.com")),
        resend: resend.clone(),
        other_way: Some(href("/login?other")),
    };
    let sign_up = SignUp {
        shell,
        form: form.clone(),
        username: Some(UsernameKind::Username),
        attributes: &attributes,
        rules: Some(rules.clone()),
        providers: providers(true),
        terms: Some(Terms {
            terms_of_use: href("https://example.com/terms"),
            privacy_policy: href("https://example.com/privacy"),
        }),
        sign_in: href("/login"),
    };
    let consent = Consent {
        shell,
        form: form.clone(),
        application: w("Garden planner"),
        publisher: Some(w("garden.example")),
        leads_to: w("127.0.0.1"),
        scopes: &["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", w("plants/water")],
        username: w("ada@example.com"),
        another: Some(href("/login")),
    };
    let item = |name, is_here| Item {
        name: w(name),
        detail: Some(w("Firefox on Debian, 192.0.2.7")),
        since: Some(Moment(1_795_900_000)),
        last_used: Some(Moment(1_796_000_000)),
        is_here,
        remove: (!is_here).then(|| form.clone()),
    };
    let items = [item("Laptop", true), item("Telephone", false)];
    let profile = |name, writable, verified: Option<bool>| ProfileAttribute {
        attribute: attribute(name, false),
        writable,
        verified,
        verify: verified.is_some_and(|verified| !verified).then(|| href("/account/verify")),
    };
    let profile_attributes = [
        profile("name", true, None),
        profile("email", true, Some(true)),
        profile("phone_number", true, Some(false)),
        profile(w("custom:team"), false, None),
    ];
    let factors = [
        FactorState {
            factor: Factor::SoftwareTokenMfa,
            detail: None,
            usage: Usage::First,
            turn_on: None,
            turn_off: Some(form.clone()),
            use_first: None,
        },
        FactorState {
            factor: Factor::SmsMfa,
            detail: phone,
            usage: Usage::On,
            turn_on: None,
            turn_off: Some(form.clone()),
            use_first: Some(form.clone()),
        },
        FactorState {
            factor: Factor::EmailOtp,
            detail: mail,
            usage: Usage::Off,
            turn_on: Some(form.clone()),
            turn_off: None,
            use_first: None,
        },
    ];
    let account = AccountPage {
        shell,
        username: w("ada@example.com"),
        notice: Some(Notice::Saved),
        problem: None,
        profile: Some(Profile { form: with(&[]), attributes: &profile_attributes }),
        password: Some(ChangePassword { form: form.clone(), has_password: true, rules: rules.clone() }),
        factors: &factors,
        passkeys: Some(Passkeys { list: &items, add: Some(href("/passkeys/add")) }),
        devices: Some(&[]),
        sessions: Some(&items),
        sign_out_elsewhere: Some(form.clone()),
        sign_out: form.clone(),
    };
    let set_up_app = SetUpApp {
        shell,
        form: form.clone(),
        key: w("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"),
        issuer: w("Lindenhof"),
        account: w("ada@example.com"),
        other_way: Some(href("/login?other")),
    };
    let first_factors = [
        choice(Factor::WebAuthn, None),
        choice(Factor::Password, None),
        choice(Factor::EmailOtp, mail),
        choice(Factor::SmsOtp, phone),
    ];
    let second_factors = [
        choice(Factor::SoftwareTokenMfa, None),
        choice(Factor::EmailOtp, mail),
        choice(Factor::SmsMfa, phone),
    ];
    let set_ups = [choice(Factor::SoftwareTokenMfa, None), choice(Factor::EmailOtp, None)];
    let choose = |purpose, choices| ChooseFactor {
        shell,
        form: form.clone(),
        identity: Some(identity),
        purpose,
        choices,
    };
    let accounts = [
        Account { value: w("1"), username: w("ada"), detail: Some(w("ada@example.com")) },
        Account {
            value: w("2"),
            username: w("a-rather-long-name-that-someone-chose@mail.example.com"),
            detail: None,
        },
    ];

    let link = |outcome| Link { shell, outcome }.html();
    vec![
        ("sign-in", sign_in.html()),
        ("sign-in-wrong", SignIn { form: with(&wrong_password), ..sign_in.clone() }.html()),
        (
            "sign-in-name-first",
            SignIn {
                with_password: false,
                username: UsernameKind::UsernameEmailOrPhone,
                passkey: Some(passkey.clone()),
                providers: providers(false),
                forgot: None,
                shell: &with_logo,
                ..sign_in.clone()
            }
            .html(),
        ),
        (
            "sign-in-providers-first",
            SignIn { form: with(&said), providers: providers(true), ..sign_in }.html(),
        ),
        (
            "password",
            Password {
                shell,
                form: form.clone(),
                identity,
                forgot: Some(href("/forgotPassword")),
                other_way: Some(href("/login?other")),
            }
            .html(),
        ),
        ("choose-first-factor", choose(Purpose::First, &first_factors).html()),
        ("choose-second-factor", choose(Purpose::Second, &second_factors).html()),
        ("choose-set-up", choose(Purpose::SetUp, &set_ups).html()),
        ("code", code.html()),
        ("code-wrong", Code { form: with(&wrong_code), identity: Some(long), ..code.clone() }.html()),
        ("code-of-app", Code { source: CodeSource::App, resend: None, ..code.clone() }.html()),
        (
            "code-sent-again",
            Code {
                source: CodeSource::Sent,
                form: Form { notice: Some(Notice::NewCodeSent), ..form.clone() },
                ..code
            }
            .html(),
        ),
        (
            "use-passkey",
            UsePasskey { shell, identity, passkey: passkey.clone(), other_way: Some(href("/login?other")) }
                .html(),
        ),
        (
            "new-password",
            NewPassword {
                shell,
                form: form.clone(),
                username: w("ada"),
                rules: rules.clone(),
                attributes: &attributes[..2],
            }
            .html(),
        ),
        (
            "custom-challenge",
            CustomChallenge {
                shell,
                form: form.clone(),
                question: Some(w("What was the name of your first cat?")),
            }
            .html(),
        ),
        ("set-up-app", set_up_app.html()),
        ("set-up-app-wrong", SetUpApp { form: with(&wrong_code), ..set_up_app }.html()),
        ("set-up-email", SetUpEmail { shell, form: form.clone(), other_way: None }.html()),
        ("add-passkey", AddPasskey { shell, passkey, skip: form.clone() }.html()),
        ("sign-up", sign_up.html()),
        ("sign-up-wrong", SignUp { form: with(&many), ..sign_up }.html()),
        (
            "confirm",
            Confirm {
                shell,
                form: form.clone(),
                username: None,
                source: CodeSource::SentTo(w("a***@e***.com")),
                resend: resend.clone(),
            }
            .html(),
        ),
        (
            "confirm-whom",
            Confirm {
                shell,
                form: form.clone(),
                username: Some(kind),
                source: CodeSource::Sent,
                resend: None,
            }
            .html(),
        ),
        (
            "resend",
            Resend { shell, form: form.clone(), username: UsernameKind::Phone, sign_in: href("/login") }
                .html(),
        ),
        (
            "forgot-password",
            ForgotPassword { shell, form: form.clone(), username: kind, sign_in: href("/login") }.html(),
        ),
        (
            "reset-password",
            ResetPassword {
                shell,
                form: form.clone(),
                username: w("ada"),
                destination: None,
                rules,
                resend,
                sign_in: href("/login"),
            }
            .html(),
        ),
        (
            "choose-account",
            ChooseAccount {
                shell,
                form: form.clone(),
                application: w("Garden planner"),
                accounts: &accounts,
                another: href("/login"),
            }
            .html(),
        ),
        ("consent", consent.html()),
        ("signed-out", SignedOut { shell, sign_in: Some(href("/login")) }.html()),
        ("link-confirmed", link(LinkOutcome::Confirmed)),
        ("link-feedback", link(LinkOutcome::FeedbackNoted)),
        ("link-failed", link(LinkOutcome::Failed(Problem::LinkIncomplete))),
        ("error", Error { shell, reason: Some(w("redirect_mismatch")), back: Some(href("/login")) }.html()),
        ("expired", Expired { shell, again: href("/login") }.html()),
        ("unavailable", Unavailable { shell }.html()),
        ("account", account.html()),
        (
            "account-empty",
            AccountPage {
                notice: None,
                problem: Some(Problem::Said(w("No."))),
                profile: None,
                password: None,
                factors: &[],
                passkeys: Some(Passkeys { list: &[], add: None }),
                devices: None,
                sessions: None,
                sign_out_elsewhere: None,
                ..account
            }
            .html(),
        ),
    ]
}
