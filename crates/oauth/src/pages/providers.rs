//! The buttons of identity providers, and which of them an address belongs to
//! (docs/cognito/oauth-and-managed-login.md §5.1).

use axum::body::Body;
use axum::http::Response;
use poolhouse_core::hosted;
use poolhouse_pages::{Href, Picture, Provider};

use super::front::{Front, Stop};
use crate::answer;
use crate::parameters::query;

/// Social providers, and what people call them.
const SOCIAL: [(&str, &str); 4] = [
    ("Google", "Google"),
    ("Facebook", "Facebook"),
    ("LoginWithAmazon", "Amazon"),
    ("SignInWithApple", "Apple"),
];

/// A provider that can be chosen.
pub(super) struct Button<'a> {
    name: String,
    social: bool,
    href: String,
    icon: Option<Picture<'a>>,
    /// Whether it has a sign in the place of a mark: a social provider allows no other than its own.
    sign: bool,
}

/// The buttons of a page, in the order that the brand gives them, and the client's behind that.
pub(super) fn buttons<'a>(front: &'a Front<'_>) -> Vec<Button<'a>> {
    let mut names: Vec<&String> = front.facts.providers.iter().collect();
    let order = front.provider_order();
    names.sort_by_key(|name| order.iter().position(|known| known == *name).unwrap_or(order.len()));
    names.into_iter().map(|name| Button::new(front, name)).collect()
}

impl<'a> Button<'a> {
    fn new(front: &'a Front<'_>, provider: &str) -> Self {
        let social = SOCIAL.iter().find(|(name, _)| *name == provider);
        let (has_icon, icon) = front.provider_icon(provider);
        Self {
            name: social.map_or(provider, |(_, name)| name).to_owned(),
            social: social.is_some(),
            href: way_to(front, provider, None),
            icon,
            sign: has_icon && social.is_none(),
        }
    }

    /// As a page shows it.
    pub(super) fn shown(&self) -> Provider<'_> {
        let Self { name, icon, sign, social, .. } = self;
        Provider { name, icon: *icon, sign: *sign, href: Href::new(&self.href), social: *social }
    }
}

/// Where signing in at a provider begins: the same request, with the provider named.
fn way_to(front: &Front<'_>, provider: &str, login_hint: Option<&str>) -> String {
    let replaced = ["identity_provider", "idp_identifier", "login_hint", "lang", "errorMessage"];
    let asked = front.parameters.iter().filter(|(name, _)| !replaced.contains(name));
    let named = [("identity_provider", provider)].into_iter();
    let parameters = asked.chain(named).chain(login_hint.map(|hint| ("login_hint", hint)));
    front.visit.place.path(&format!("/oauth2/authorize?{}", query(parameters)))
}

/// The way to the provider that has the domain of an address as an identifier; None where no provider of the client does.
pub(super) async fn of_address(front: &Front<'_>, address: &str) -> Result<Option<Response<Body>>, Stop> {
    let Some((_, domain)) = address.rsplit_once('@') else { return Ok(None) };
    if front.facts.providers.is_empty() {
        return Ok(None);
    }
    let (cx, pool_id) = (&front.visit.cx, &front.visit.place.pool_id);
    let found = hosted::provider_of(cx, pool_id, front.client_id(), domain).await?;
    Ok(found.map(|provider| answer::redirect(&way_to(front, &provider, Some(address)))))
}
