//! What a page stands on: the authorization request that it serves, the facts of its pool, and how it looks.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use poolhouse_core::domains::ManagedLoginVersion;
use poolhouse_core::grants::authorize::{self, Refused, Request};
use poolhouse_core::hosted::{self, Facts, First};
use poolhouse_core::profile::Owner;
use poolhouse_core::sessions::browser::{self, Login};
use poolhouse_core::{pools, terms};
use poolhouse_kernel::Fault;
use poolhouse_pages::{
    Attribute, Error, Expired, Form, Href, Language, Page as _, PasswordRules, Picture, Problem, Shell,
    Unavailable, UsernameKind, security,
};
use poolhouse_ports::ClientId;

use super::look::Look;
use super::state::{ACTION, CSRF, OF, STATE, State, Step};
use crate::parameters::{Parameters, query};
use crate::visit::{BadForm, Visit};
use crate::{answer, authorize as endpoint, cookies};

/// Parameters that are of one page, and not of the request.
const OF_A_PAGE: [&str; 2] = ["lang", "errorMessage"];

/// What ends the work at a page before its own answer.
pub(super) enum Stop {
    /// Another answer.
    Answer(Response<Body>),
    Fault(Fault),
}

pub(super) type Outcome = Result<Response<Body>, Stop>;

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The answer of a page.
///
/// # Errors
/// What is no matter of the page.
pub(super) fn settle(outcome: Outcome) -> Result<Response<Body>, Fault> {
    match outcome {
        Ok(response) | Err(Stop::Answer(response)) => Ok(response),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// A page under way.
pub(super) struct Front<'a> {
    pub(super) visit: &'a Visit,
    /// The parameters of the authorization request.
    pub(super) parameters: Parameters,
    pub(super) request: Request,
    pub(super) facts: Facts,
    /// Whether an identity provider was asked for that is not to be had.
    pub(super) no_provider: bool,
    look: Look,
    pub(super) language: Language,
    csrf: String,
}

impl<'a> Front<'a> {
    /// The page for a request with these parameters.
    pub(super) async fn of(visit: &'a Visit, parameters: Parameters) -> Result<Self, Stop> {
        let mut asked = endpoint::asked(visit, &parameters);
        let pool_id = &visit.place.pool_id;
        let mut checked = authorize::check(&visit.cx, pool_id, &asked).await;
        let no_provider = matches!(checked, Err(Refused::Provider));
        if no_provider {
            (asked.identity_provider, asked.idp_identifier) = (None, None);
            checked = authorize::check(&visit.cx, pool_id, &asked).await;
        }
        let request = match checked {
            Ok(request) => request,
            Err(refused) => return Err(Stop::Answer(endpoint::refuse(visit, &parameters, refused)?)),
        };
        let facts = hosted::facts(&visit.cx, pool_id, request.client_id()).await?;
        let language = language(visit, &parameters);
        let Some(look) = Look::of(visit, request.client_id(), &facts.pool_name).await? else {
            return Err(Stop::Answer(unavailable(visit, language, &facts.pool_name)));
        };
        // Who has no users of its own here has no pages for them, but for the one that leads to its providers.
        let leads_on = visit.path() == "/login" && !facts.providers.is_empty();
        if !facts.local && !leads_on {
            return Err(Stop::Answer(unavailable(visit, language, &facts.pool_name)));
        }
        let csrf = visit.kept_or_new(cookies::CSRF);
        Ok(Self { visit, parameters, request, facts, no_provider, look, language, csrf })
    }

    /// The page for the request that the query names.
    pub(super) async fn of_query(visit: &'a Visit) -> Result<Self, Stop> {
        match &visit.query {
            Ok(parameters) => Self::of(visit, parameters.clone()).await,
            Err(_) => Err(Stop::Answer(error_page(visit, Some("invalid_request")))),
        }
    }

    /// The client.
    pub(super) fn client_id(&self) -> &ClientId {
        self.request.client_id()
    }

    /// How a sign-in begins: classic pages know nothing but a name and a password (oauth-and-managed-login §5.1).
    pub(super) fn first(&self) -> First {
        match (self.facts.first, self.is_classic()) {
            (First::Choice, true) => First::Password,
            (first, _) => first,
        }
    }

    pub(super) fn is_classic(&self) -> bool {
        self.visit.place.domain.settings.version == ManagedLoginVersion::Classic
    }

    /// Whether providers stand before the fields.
    pub(super) fn providers_first(&self) -> bool {
        self.look.providers_first
    }

    /// The order of identity providers that the brand gives.
    pub(super) fn provider_order(&self) -> &[String] {
        &self.look.providers.order
    }

    /// Whether buttons of identity providers have marks, and which one this provider's has.
    pub(super) fn provider_icon(&self, provider: &str) -> (bool, Option<Picture<'_>>) {
        self.look.icon(provider)
    }

    /// Whether pages here can use passkeys of the pool: those of version 2, where browsers have them for this host
    /// (oauth-and-managed-login §5.1, ours).
    pub(super) async fn has_passkeys(&self) -> Result<bool, Fault> {
        let place = &self.visit.place;
        Ok(self.facts.passkeys
            && !self.is_classic()
            && pools::has_passkeys_at(&self.visit.cx, &place.pool_id, &place.host).await?)
    }

    /// Who is signed in in this browser, for a page about themselves.
    pub(super) async fn login(&self) -> Result<Option<Login>, Fault> {
        match self.visit.cookies.get(cookies::SESSION) {
            Some(cookie) => browser::find(&self.visit.cx, &self.visit.place.pool_id, cookie).await,
            None => Ok(None),
        }
    }

    /// By what they are known.
    pub(super) fn owner(&self) -> Owner<'_> {
        let cookie = self.visit.cookies.get(cookies::SESSION).map_or("", String::as_str);
        Owner::Browser { pool_id: &self.visit.place.pool_id, client_id: self.client_id(), cookie }
    }

    /// The login page for the same request, with another prompt.
    pub(super) fn login_with(&self, prompt: &str) -> String {
        let mut others = self.parameters.clone();
        others.set("prompt", prompt);
        self.visit.place.path(&format!("/login?{}", query(others.iter())))
    }

    /// The parameters of the request, as a query.
    pub(super) fn query(&self) -> String {
        query(self.parameters.iter().filter(|(name, _)| !OF_A_PAGE.contains(name)))
    }

    /// The path of another page for the same request.
    pub(super) fn link(&self, path: &str) -> String {
        self.visit.place.path(&format!("{path}?{}", self.query()))
    }

    /// The whole address of another page for the same request.
    pub(super) fn url(&self, path: &str) -> String {
        self.visit.place.url(&format!("{path}?{}", self.query()))
    }

    /// What a form carries along that begins something.
    pub(super) fn hidden(&self) -> Hidden {
        Hidden(vec![(CSRF, self.csrf.clone())])
    }

    /// What a form of one button carries along: what it does, and to what.
    pub(super) fn hidden_for(&self, action: &'static str, of: &str) -> Hidden {
        Hidden(vec![(CSRF, self.csrf.clone()), (ACTION, action.to_owned()), (OF, of.to_owned())])
    }

    /// What a form carries along that goes on with something.
    pub(super) async fn hidden_with(&self, step: Step) -> Result<Hidden, Fault> {
        let state = State::seal(self.visit, self.query(), &self.csrf, step).await?;
        Ok(Hidden(vec![(CSRF, self.csrf.clone()), (STATE, state)]))
    }

    /// A page that a POST answers with.
    pub(super) fn show(&self, status: StatusCode, page: impl FnOnce(&Shell<'_>) -> String) -> Response<Body> {
        let html = self.look.framed(self.language, self.visit.place.base(), None, page);
        self.respond(status, html)
    }

    /// A page that can be asked for again in another language.
    pub(super) fn show_at(
        &self,
        path: &str,
        status: StatusCode,
        page: impl FnOnce(&Shell<'_>) -> String,
    ) -> Response<Body> {
        let here = self.link(path);
        let here = (!self.is_classic()).then_some(&*here);
        let html = self.look.framed(self.language, self.visit.place.base(), here, page);
        self.respond(status, html)
    }

    fn respond(&self, status: StatusCode, html: String) -> Response<Body> {
        let mut response = page(status, html);
        cookies::keep_csrf(response.headers_mut(), &self.visit.place, &self.csrf);
        if self.parameters.get("lang") == Some(self.language.tag()) {
            cookies::keep_language(response.headers_mut(), &self.visit.place, self.language.tag());
        }
        response
    }

    /// The page that leads back to where a sign-in begins.
    pub(super) fn expired(&self) -> Response<Body> {
        let again = self.link("/login");
        self.show(StatusCode::BAD_REQUEST, |shell| Expired { shell, again: Href::new(&again) }.html())
    }

    /// Where the client's terms of use and its privacy policy can be read.
    pub(super) async fn terms(&self) -> Result<Option<[String; 2]>, Fault> {
        terms::links(&self.visit.cx, self.client_id(), self.language.terms_key()).await
    }

    /// What a field for a name is called.
    pub(super) fn username_kind(&self) -> UsernameKind {
        username_kind(self.facts.names)
    }

    /// What a password needs.
    pub(super) fn rules(&self) -> PasswordRules {
        let policy = &self.facts.password;
        let number = |given: Option<i32>| given.and_then(|given| u16::try_from(given).ok()).unwrap_or(0);
        PasswordRules {
            // What passwords have anyway.
            length: number(policy.minimum_length).max(6),
            lower: policy.require_lowercase == Some(true),
            upper: policy.require_uppercase == Some(true),
            number: policy.require_numbers == Some(true),
            symbol: policy.require_symbols == Some(true),
            history: number(policy.password_history_size),
        }
    }
}

/// What a form carries along.
#[derive(Clone)]
pub(super) struct Hidden(Vec<(&'static str, String)>);

impl Hidden {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// A form that leads there, with what was typed and what was wrong.
pub(super) fn form<'f>(
    action: &'f str,
    hidden: &'f [(&'f str, &'f str)],
    values: &'f [(&'f str, &'f str)],
    problems: &'f [(&'f str, Problem<'f>)],
) -> Form<'f> {
    Form { values, problems, ..Form::to(Href::new(action), hidden) }
}

pub(super) fn username_kind(names: hosted::Names) -> UsernameKind {
    match (names.username, names.email, names.phone) {
        (true, true, true) => UsernameKind::UsernameEmailOrPhone,
        (true, true, false) => UsernameKind::UsernameOrEmail,
        (true, false, true) => UsernameKind::UsernameOrPhone,
        (false, true, true) => UsernameKind::EmailOrPhone,
        (false, true, false) => UsernameKind::Email,
        (false, false, true) => UsernameKind::Phone,
        (_, false, false) => UsernameKind::Username,
    }
}

/// Attributes as fields.
pub(super) fn fields(attributes: &[hosted::Attribute]) -> Vec<Attribute<'_>> {
    let fields = attributes.iter().map(|attribute| Attribute {
        name: &attribute.name,
        required: attribute.required,
        number: attribute.number,
    });
    fields.collect()
}

/// The language of a page: classic ones have one alone (oauth-and-managed-login §5.1).
pub(super) fn language(visit: &Visit, parameters: &Parameters) -> Language {
    if visit.place.domain.settings.version == ManagedLoginVersion::Classic {
        return Language::En;
    }
    let cookie = visit.cookies.get(cookies::LANGUAGE).map(String::as_str);
    Language::choose(parameters.get("lang"), cookie, visit.header(axum::http::header::ACCEPT_LANGUAGE))
}

/// A document.
pub(super) fn page(status: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    for (name, value) in security::PAGE_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// A page without a brand.
pub(super) fn plain(
    visit: &Visit,
    status: StatusCode,
    show: impl FnOnce(&Shell<'_>) -> String,
) -> Response<Body> {
    let none = Parameters::default();
    let language = language(visit, visit.query.as_ref().unwrap_or(&none));
    page(status, Look::plain(&visit.place.domain.name).framed(language, visit.place.base(), None, show))
}

/// The page of an error: with status 400 (oauth-and-managed-login §1, observed).
pub(super) fn error_page(visit: &Visit, reason: Option<&str>) -> Response<Body> {
    plain(visit, StatusCode::BAD_REQUEST, |shell| Error { shell, reason, back: None }.html())
}

/// Managed login without a style (oauth-and-managed-login §3, observed).
fn unavailable(visit: &Visit, language: Language, name: &str) -> Response<Body> {
    let show = |shell: &Shell<'_>| Unavailable { shell }.html();
    page(StatusCode::FORBIDDEN, Look::plain(name).framed(language, visit.place.base(), None, show))
}

/// The form of a POST.
pub(super) fn posted(visit: &Visit) -> Result<&Parameters, Stop> {
    visit.form.as_ref().map_err(|bad| match bad {
        BadForm::NoRoom => Stop::Answer(answer::bare(StatusCode::TOO_MANY_REQUESTS)),
        _ => Stop::Answer(error_page(visit, Some("invalid_request"))),
    })
}
