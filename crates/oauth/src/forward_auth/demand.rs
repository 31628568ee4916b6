//! What a gateway demands of a request's token, as its query says.

use axum::extract::Query;
use axum::http::Uri;
use poolhouse_core::tokens::TokenUse;
use poolhouse_core::tokens::bearer::Bearer;
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};

use super::encoding;

/// What the token must be.
#[derive(Debug)]
pub(crate) struct Demand {
    /// Of this pool.
    pub(super) pool: PoolId,
    /// For this app client.
    client: Option<ClientId>,
    /// Of a user in one of these groups.
    groups: Option<Vec<String>>,
    /// With one of these scopes.
    scopes: Option<Vec<String>>,
    /// Of this use.
    pub(super) token_use: Option<TokenUse>,
    /// The cookie that may hold it.
    pub(super) cookie: Option<String>,
}

/// The parameters as they are written.
#[derive(Default)]
struct Parameters {
    pool: Option<String>,
    client: Option<String>,
    groups: Option<String>,
    scope: Option<String>,
    token_use: Option<String>,
    cookie: Option<String>,
}

impl Parameters {
    /// What is not understood is refused: a misspelt demand would be none, and open the gate.
    fn read(uri: &Uri) -> Result<Self, Fault> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) = pairs.map_err(|_| refused("The query is not one of names and values."))?;
        let mut read = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "pool" => &mut read.pool,
                "client" => &mut read.client,
                "groups" => &mut read.groups,
                "scope" => &mut read.scope,
                "token_use" => &mut read.token_use,
                "cookie" => &mut read.cookie,
                _ => {
                    let known = "pool, client, groups, scope, token_use and cookie";
                    return Err(refused(format!("The query may have {known}, and nothing else.")));
                }
            };
            if value.is_empty() {
                return Err(refused(format!("{name} is empty. Leave it out, or say what is demanded.")));
            }
            if place.replace(value).is_some() {
                return Err(refused(format!("{name} is given twice.")));
            }
        }
        Ok(read)
    }
}

impl Demand {
    /// Reads a query.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn read(uri: &Uri) -> Result<Self, Fault> {
        let Parameters { pool, client, groups, scope, token_use, cookie } = Parameters::read(uri)?;
        let token_use = match token_use.as_deref() {
            None => None,
            Some("access") => Some(TokenUse::Access),
            Some("id") => Some(TokenUse::Id),
            Some(_) => return Err(refused("token_use is access or id.")),
        };
        Ok(Self {
            pool: pool
                .ok_or_else(|| refused("pool is missing: the id of the pool whose tokens may pass."))?
                .into(),
            client: client.map(ClientId::from),
            groups: groups.map(|groups| list("groups", &groups, ',')).transpose()?,
            scopes: scope.map(|scope| list("scope", &scope, ' ')).transpose()?,
            token_use,
            cookie,
        })
    }

    /// Whether the token was issued to the client that is demanded, if one is.
    pub(super) fn is_for_client(&self, bearer: &Bearer) -> bool {
        self.client.as_ref().is_none_or(|client| *client == bearer.client_id)
    }

    /// Whether the token has one of the groups, and one of the scopes, as far as they are demanded. An ID token has no
    /// scopes, whatever a function put into it.
    pub(super) fn is_met_by(&self, bearer: &Bearer) -> bool {
        let scope = bearer.scope.as_deref().filter(|_| bearer.token_use == TokenUse::Access);
        let has = |wanted: &String| scope.is_some_and(|scope| scope.split(' ').any(|one| one == wanted));
        let is_member = |wanted: &String| bearer.groups.iter().any(|group| is_meant(group, wanted));
        self.groups.as_ref().is_none_or(|groups| groups.iter().any(is_member))
            && self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(has))
    }
}

/// Whether a group is the one that is demanded. Names that look alike once one of them is encoded are demanded in their
/// encoded form alone.
fn is_meant(group: &str, wanted: &str) -> bool {
    (group == wanted && !group.contains([',', '%'])) || encoding::name(group) == wanted
}

/// The parts of a list.
fn list(name: &str, value: &str, separator: char) -> Result<Vec<String>, Fault> {
    let parts: Vec<_> =
        value.split(separator).filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect();
    if parts.is_empty() { Err(refused(format!("{name} names nothing."))) } else { Ok(parts) }
}

fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::invalid_parameter(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Demand, String> {
        let uri = format!("/_poolhouse/forward-auth?{query}").parse().unwrap();
        Demand::read(&uri).map_err(|fault| fault.message().unwrap_or_default().to_owned())
    }

    fn bearer(groups: &[&str], scope: Option<&str>, token_use: TokenUse) -> Bearer {
        Bearer {
            token_use,
            client_id: "app".to_owned().into(),
            username: Some("alice".to_owned()),
            sub: "s".to_owned().into(),
            groups: groups.iter().map(ToString::to_string).collect(),
            scope: scope.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (query, reason) in [
            ("", "pool is missing"),
            ("groups=a", "pool is missing"),
            ("pool=", "pool is empty"),
            ("pool=p&group=a", "nothing else"),
            ("pool=p&pool=p", "pool is given twice"),
            ("pool=p&groups=a&groups=b", "groups is given twice"),
            ("pool=p&groups=", "groups is empty"),
            ("pool=p&groups=,", "groups names nothing"),
            ("pool=p&scope=+", "scope names nothing"),
            ("pool=p&token_use=ID", "token_use is access or id"),
            ("pool=p&Token_use=id", "nothing else"),
        ] {
            assert!(read(query).unwrap_err().contains(reason), "{query}");
        }
        let demand = read("pool=p&token_use=id&cookie=t").unwrap();
        assert_eq!((&*demand.pool, demand.token_use), ("p", Some(TokenUse::Id)));
        assert_eq!(demand.cookie.as_deref(), Some("t"));
    }

    #[test]
    fn one_of_the_groups_and_one_of_the_scopes() {
        let met = |query: &str| {
            let bearer = bearer(&["staff", "ops"], Some("api/read api/write"), TokenUse::Access);
            read(&format!("pool=p&{query}")).unwrap().is_met_by(&bearer)
        };
        for query in [
            "groups=staff",
            "groups=x,ops",
            "scope=api/read",
            "scope=x+api/write",
            "groups=ops&scope=api%2Fread",
        ] {
            assert!(met(query), "{query}");
        }
        for query in [
            "groups=Staff",
            "groups=x",
            "scope=api",
            "scope=x",
            "groups=staff&scope=x",
            "groups=x&scope=api/read",
        ] {
            assert!(!met(query), "{query}");
        }
        let id = bearer(&["staff"], Some("api/read"), TokenUse::Id);
        assert!(!read("pool=p&scope=api/read").unwrap().is_met_by(&id));
        assert!(read("pool=p&groups=staff").unwrap().is_met_by(&id));
    }

    // A name with a comma never counts as its parts, and is not taken for another that looks so.
    #[test]
    fn a_group_is_demanded_by_its_name_or_as_the_header_has_it() {
        let met = |group: &str, asked: &str| {
            read(&format!("pool=p&groups={asked}")).unwrap().is_met_by(&bearer(&[group], None, TokenUse::Id))
        };
        for (group, asked, expected) in [
            ("a,b", "a", false),
            ("a,b", "a,b", false),
            ("a,b", "a%2Cb", false),
            ("a,b", "a%252Cb", true),
            ("a%2Cb", "a%252Cb", false),
            ("a%2Cb", "a%25252Cb", true),
            ("Ärzte", "%C3%84rzte", true),
            ("Ärzte", "%25C3%2584rzte", true),
            ("Ärzte", "%FFrzte", false),
        ] {
            assert_eq!(met(group, asked), expected, "{group} {asked}");
        }
    }
}
