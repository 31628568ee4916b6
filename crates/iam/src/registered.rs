//! Rows of providers that the account has registered, of either kind.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::federated_providers::{self as table, FederatedProvider as Row};

use crate::change::begin;
use crate::tags::{self, Tags};
use crate::{faults, names};

/// The kinds of providers.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Of OpenID Connect.
    Oidc,
    /// Of SAML 2.0.
    Saml,
}

impl Kind {
    /// As ARNs write it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc-provider",
            Self::Saml => "saml-provider",
        }
    }

    /// The ARN of a provider of this kind.
    pub(crate) fn arn<S>(self, cx: &Cx<S>, name: &str) -> String {
        names::arn(&cx.settings().account_id, self.as_str(), "/", name)
    }

    fn missing(self, arn: &str) -> Fault {
        faults::missing(match self {
            Self::Oidc => format!("OpenIDConnect Provider not found for arn {arn}"),
            Self::Saml => format!("Manifest not found for arn {arn}"),
        })
    }
}

/// The provider with this ARN, if there is one.
pub(crate) async fn find<S>(cx: &Cx<S>, tx: &mut Tx, kind: Kind, arn: &str) -> Result<Option<Row>, Fault> {
    match arn.strip_prefix(&kind.arn(cx, "")) {
        Some(name) => Ok(table::get(tx, kind.as_str(), name).await?),
        None => Ok(None),
    }
}

/// The provider with this ARN.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn required<S>(cx: &Cx<S>, tx: &mut Tx, kind: Kind, arn: &str) -> Result<Row, Fault> {
    find(cx, tx, kind, arn).await?.ok_or_else(|| kind.missing(arn))
}

/// Changes a provider.
///
/// # Errors
/// `NoSuchEntity`, and what `change` refuses.
pub(crate) async fn change<S>(
    cx: &Cx<S>,
    kind: Kind,
    arn: &str,
    change: impl FnOnce(&mut Row) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let mut row = required(cx, &mut tx, kind, arn).await?;
    change(&mut row)?;
    table::update(&mut tx, &row).await?;
    Ok(tx.commit().await?)
}

/// Forgets a provider.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn delete<S>(cx: &Cx<S>, kind: Kind, arn: &str) -> Result<(), Fault> {
    let mut tx = begin(cx).await?;
    let row = required(cx, &mut tx, kind, arn).await?;
    table::delete(&mut tx, kind.as_str(), &row.name).await?;
    Ok(tx.commit().await?)
}

/// The tags of a provider.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn tags<S>(cx: &Cx<S>, tx: &mut Tx, kind: Kind, arn: &str) -> Result<Tags, Fault> {
    tags::read(&required(cx, tx, kind, arn).await?.tags)
}

/// The tags of whichever provider has this ARN, if any has.
pub(crate) async fn tags_of_any<S>(cx: &Cx<S>, tx: &mut Tx, arn: &str) -> Result<Option<Tags>, Fault> {
    for kind in [Kind::Oidc, Kind::Saml] {
        if let Some(row) = find(cx, tx, kind, arn).await? {
            return tags::read(&row.tags).map(Some);
        }
    }
    Ok(None)
}
