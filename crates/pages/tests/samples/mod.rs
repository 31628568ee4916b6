//! One of every page, and of its states.

use poolhouse_pages::{
    Account, AddPasskey, Attribute, Brand, Choice, ChooseAccount, ChooseFactor, Code, CodeSource, Confirm,
    Consent, CustomChallenge, Error, Expired, Factor, ForgotPassword, Form, Href, Identity, Language, Link,
    LinkOutcome, NewPassword, Notice, Page, Passkey, Password, PasswordRules, Picture, Problem, Provider,
    Providers, Purpose, Resend, ResetPassword, SetUpApp, SetUpEmail, Shell, SignIn, SignUp, SignedOut, Terms,
    Unavailable, UsePasskey, UsernameKind,
};

mod account;

/// The name of a page and its document.
type Sample = (&'static str, String);

/// Every page. Every text that a caller passes is `hostile`, where that is given; `style_sheets` are the brand's.
pub(crate) fn render(language: Language, hostile: Option<&str>, style_sheets: &[Href<'_>]) -> Vec<Sample> {
    let kit = Kit::new(language, hostile, style_sheets);
    let mut samples = Vec::new();
    for group in [sign_in, factors, set_up, sign_up, recovery, departure, ending, account::samples] {
        samples.extend(group(&kit));
    }
    samples
}

/// What the pages are made of.
struct Kit<'a> {
    hostile: Option<&'a str>,
    shell: Shell<'a>,
    /// A shell of the path form, with the brand's logo.
    other_shell: Shell<'a>,
    hidden: [(&'a str, &'a str); 2],
    values: [(&'a str, &'a str); 3],
    picture: Option<Picture<'a>>,
}

impl<'a> Kit<'a> {
    fn new(language: Language, hostile: Option<&'a str>, style_sheets: &'a [Href<'a>]) -> Self {
        let w = |usual: &'a str| hostile.unwrap_or(usual);
        let picture =
            hostile.map(|address| Picture { light: Href::new(address), dark: Some(Href::new(address)) });
        let brand = Brand {
            name: w("Lindenhof"),
            logo: None,
            favicon: Some(Href::new(w("/assets/favicon.png"))),
            style_sheets,
            header: picture,
            footer: picture,
            graphic: picture,
        };
        Self {
            hostile,
            shell: Shell::new(language, "", brand.clone()).with_languages(w("/login?client_id=abc")),
            other_shell: Shell::new(language, w("/_domains/linden"), Brand { logo: picture, ..brand }),
            hidden: [(w("_csrf"), w("5bd3e0a9")), (w("state"), w("sealed"))],
            values: [
                ("username", w("ada@example.com")),
                ("email", w("ada@example.com")),
                ("name", w("Ada Lovelace")),
            ],
            picture,
        }
    }

    /// The text that is usual, or the hostile one.
    fn w(&self, usual: &'a str) -> &'a str {
        self.hostile.unwrap_or(usual)
    }

    fn href(&self, usual: &'a str) -> Href<'a> {
        Href::new(self.w(usual))
    }

    fn form(&'a self) -> Form<'a> {
        Form::to(self.href("/login"), &self.hidden)
    }

    /// A form that comes back.
    fn again(&'a self, problems: &'a [(&'a str, Problem<'a>)]) -> Form<'a> {
        Form { values: &self.values, problems, ..self.form() }
    }

    fn identity(&self) -> Identity<'a> {
        Identity { username: self.w("ada@example.com"), change: self.href("/login") }
    }

    fn passkey(&'a self) -> Passkey<'a> {
        Passkey { form: self.form(), options: self.w(r#"{"challenge":"AAAA","rpId":"localhost"}"#) }
    }

    fn providers(&self) -> [Provider<'a>; 2] {
        let href = self.href("/oauth2/authorize");
        [("Google", true), ("Lindenhof AD", false)].map(|(name, social)| Provider {
            name: self.w(name),
            icon: self.picture.filter(|_| social),
            sign: !social,
            href,
            social,
        })
    }

    fn attributes(&self) -> [Attribute<'a>; 5] {
        let attribute = |name, required, number| Attribute { name, required, number };
        [
            attribute("email", true, false),
            attribute("name", true, false),
            attribute("phone_number", false, false),
            attribute("birthdate", false, false),
            attribute(self.w("custom:team"), false, true),
        ]
    }

    fn choice(&self, factor: Factor) -> Choice<'a> {
        let destination = match factor {
            Factor::EmailOtp => Some(self.w("a***@e***.com")),
            Factor::SmsOtp | Factor::SmsMfa => Some(self.w("+********00")),
            _ => None,
        };
        Choice { factor, destination }
    }
}

fn rules() -> PasswordRules {
    PasswordRules { length: 8, lower: true, upper: true, number: true, symbol: true, history: 4 }
}

fn sign_in(kit: &Kit<'_>) -> Vec<Sample> {
    let list = kit.providers();
    let wrong = [("password", Problem::WrongCredentials)];
    let said = [("", Problem::Said(kit.w("The function says no.")))];
    let plain = SignIn {
        shell: &kit.shell,
        form: kit.form(),
        username: UsernameKind::Email,
        with_password: true,
        passkey: None,
        local: true,
        providers: Providers::default(),
        sign_up: Some(kit.href("/signup")),
        forgot: Some(kit.href("/forgotPassword")),
    };
    let name_first = SignIn {
        shell: &kit.other_shell,
        with_password: false,
        username: UsernameKind::UsernameEmailOrPhone,
        passkey: Some(kit.passkey()),
        providers: Providers { list: &list, first: false },
        forgot: None,
        ..plain.clone()
    };
    let password = Password {
        shell: &kit.shell,
        form: kit.form(),
        identity: kit.identity(),
        forgot: Some(kit.href("/forgotPassword")),
        other_way: Some(kit.href("/login?other")),
    };
    let providers = Providers { list: &list, first: true };
    vec![
        ("sign-in", plain.html()),
        ("sign-in-wrong", SignIn { form: kit.again(&wrong), ..plain.clone() }.html()),
        ("sign-in-name-first", name_first.html()),
        ("sign-in-providers-first", SignIn { form: kit.again(&said), providers, ..plain }.html()),
        ("password", password.html()),
    ]
}

fn factors(kit: &Kit<'_>) -> Vec<Sample> {
    let (shell, identity) = (&kit.shell, kit.identity());
    let first = [Factor::WebAuthn, Factor::Password, Factor::EmailOtp, Factor::SmsOtp].map(|f| kit.choice(f));
    let second = [Factor::SoftwareTokenMfa, Factor::EmailOtp, Factor::SmsMfa].map(|f| kit.choice(f));
    let choose = |purpose, choices| {
        ChooseFactor { shell, form: kit.form(), identity: Some(identity), purpose, choices }.html()
    };
    let wrong = [("code", Problem::WrongCode)];
    let username = kit.w("a-rather-long-name-that-someone-chose-for-herself@mail.example.com");
    let code = Code {
        shell,
        form: kit.form(),
        identity: Some(identity),
        source: CodeSource::SentTo(kit.w("a***@e***.com")),
        resend: Some(kit.form()),
        other_way: Some(kit.href("/login?other")),
    };
    let wrong =
        Code { form: kit.again(&wrong), identity: Some(Identity { username, ..identity }), ..code.clone() };
    let of_app = Code { source: CodeSource::App, resend: None, ..code.clone() };
    let notice = Form { notice: Some(Notice::NewCodeSent), ..kit.form() };
    let again = Code { source: CodeSource::Sent, form: notice, ..code.clone() };
    let passkey = UsePasskey { shell, identity, passkey: kit.passkey(), other_way: code.other_way };
    let question = Some(kit.w("What was the name of your first cat?"));
    vec![
        ("choose-first-factor", choose(Purpose::First, &first)),
        ("choose-second-factor", choose(Purpose::Second, &second)),
        ("choose-set-up", choose(Purpose::SetUp, &second[..1])),
        ("code", code.html()),
        ("code-wrong", wrong.html()),
        ("code-of-app", of_app.html()),
        ("code-sent-again", again.html()),
        ("use-passkey", passkey.html()),
        ("custom-challenge", CustomChallenge { shell, form: kit.form(), question }.html()),
    ]
}

fn set_up(kit: &Kit<'_>) -> Vec<Sample> {
    let (shell, attributes) = (&kit.shell, kit.attributes());
    let wrong = [("code", Problem::WrongCode)];
    let app = SetUpApp {
        shell,
        form: kit.form(),
        key: kit.w("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"),
        issuer: kit.w("Lindenhof"),
        account: kit.w("ada@example.com"),
        other_way: Some(kit.href("/login?other")),
    };
    let new_password = NewPassword {
        shell,
        form: kit.form(),
        username: kit.w("ada"),
        rules: rules(),
        attributes: &attributes[..2],
    };
    vec![
        ("new-password", new_password.html()),
        ("set-up-app", app.html()),
        ("set-up-app-wrong", SetUpApp { form: kit.again(&wrong), ..app }.html()),
        ("set-up-email", SetUpEmail { shell, form: kit.form(), other_way: None }.html()),
        ("add-passkey", AddPasskey { shell, passkey: kit.passkey(), skip: kit.form() }.html()),
    ]
}

fn sign_up(kit: &Kit<'_>) -> Vec<Sample> {
    let (shell, attributes, list) = (&kit.shell, kit.attributes(), kit.providers());
    let many = [
        ("email", Problem::InvalidEmail),
        ("password", Problem::PasswordRules),
        ("", Problem::Said(kit.w("The function says no."))),
    ];
    let plain = SignUp {
        shell,
        form: kit.form(),
        username: Some(UsernameKind::Username),
        attributes: &attributes,
        rules: Some(rules()),
        providers: Providers { list: &list, first: true },
        terms: Some(Terms {
            terms_of_use: kit.href("https://example.com/terms"),
            privacy_policy: kit.href("https://example.com/privacy"),
        }),
        sign_in: kit.href("/login"),
    };
    let confirm = Confirm {
        shell,
        form: kit.form(),
        username: None,
        source: CodeSource::SentTo(kit.w("a***@e***.com")),
        resend: Some(kit.form()),
    };
    let of_whom = Confirm {
        username: Some(UsernameKind::Email),
        source: CodeSource::Sent,
        resend: None,
        ..confirm.clone()
    };
    let resend =
        Resend { shell, form: kit.form(), username: UsernameKind::Phone, sign_in: kit.href("/login") };
    vec![
        ("sign-up", plain.html()),
        ("sign-up-wrong", SignUp { form: kit.again(&many), ..plain }.html()),
        ("confirm", confirm.html()),
        ("confirm-of-whom", of_whom.html()),
        ("resend", resend.html()),
    ]
}

fn recovery(kit: &Kit<'_>) -> Vec<Sample> {
    let (shell, sign_in) = (&kit.shell, kit.href("/login"));
    let forgot = ForgotPassword { shell, form: kit.form(), username: UsernameKind::EmailOrPhone, sign_in };
    let reset = ResetPassword {
        shell,
        form: kit.form(),
        username: kit.w("ada"),
        destination: None,
        rules: rules(),
        resend: Some(kit.form()),
        sign_in,
    };
    vec![("forgot-password", forgot.html()), ("reset-password", reset.html())]
}

fn departure(kit: &Kit<'_>) -> Vec<Sample> {
    let (shell, another) = (&kit.shell, kit.href("/login"));
    let account = |username, detail: Option<_>| Account {
        value: kit.w("1"),
        username: kit.w(username),
        detail: detail.map(|detail| kit.w(detail)),
    };
    let long = account("a-rather-long-name-that-someone-chose@mail.example.com", None);
    let accounts = [account("ada", Some("ada@example.com")), long];
    let application = kit.w("Garden planner");
    let choose = ChooseAccount { shell, form: kit.form(), application, accounts: &accounts, another };
    let other = kit.w("plants/water");
    let consent = Consent {
        shell,
        form: kit.form(),
        application,
        publisher: Some(kit.w("garden.example")),
        leads_to: kit.w("127.0.0.1"),
        scopes: &["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin", other],
        username: kit.w("ada@example.com"),
        another: Some(another),
    };
    vec![("choose-account", choose.html()), ("consent", consent.html())]
}

fn ending(kit: &Kit<'_>) -> Vec<Sample> {
    let shell = &kit.shell;
    let link = |outcome| Link { shell, outcome }.html();
    let (reason, back) = (Some(kit.w("redirect_mismatch")), Some(kit.href("/login")));
    vec![
        ("signed-out", SignedOut { shell, sign_in: back }.html()),
        ("link-confirmed", link(LinkOutcome::Confirmed)),
        ("link-feedback", link(LinkOutcome::FeedbackNoted)),
        ("link-failed", link(LinkOutcome::Failed(Problem::LinkIncomplete))),
        ("error", Error { shell, reason, back }.html()),
        ("expired", Expired { shell, again: kit.href("/login") }.html()),
        ("unavailable", Unavailable { shell }.html()),
    ]
}
