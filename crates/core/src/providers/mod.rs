//! Identity providers of a pool (docs/cognito/federation.md §1-§4), and the links between their users and the
//! pool's (§8).
//!
//! What a provider says of somebody becomes an [`Assertion`](assertion::Assertion), whatever its protocol; `person` knows which
//! user of the pool that is, and `federation` signs them in.

pub(crate) mod assertion;
mod details;
pub(crate) mod group;
pub(crate) mod link;
mod manage;
pub(crate) mod oidc;
pub(crate) mod person;
pub(crate) mod saml;

pub use link::{link, unlink};
pub(crate) use manage::look_up_again;
pub use manage::{NewProvider, ProviderChange, by_identifier, create, delete, describe, list, update};

use poolhouse_wire::user_pools::IdentityProviderType;

use crate::model::Pool;
use crate::model::provider::Provider;

/// The provider as answers show it, with the details that follow from its type.
fn view(provider: Provider, pool: &Pool) -> IdentityProviderType {
    IdentityProviderType {
        user_pool_id: Some(pool.id.clone()),
        provider_name: Some(provider.name),
        provider_details: Some(details::shown(
            &provider.kind,
            provider.details,
            provider.discovered.as_ref(),
        )),
        provider_type: Some(provider.kind),
        attribute_mapping: Some(provider.maps.attributes),
        idp_identifiers: Some(provider.identifiers),
        acr_mapping: (!provider.maps.acr.is_empty()).then_some(provider.maps.acr),
        last_modified_date: Some(provider.modified_at),
        creation_date: Some(provider.created_at),
    }
}
