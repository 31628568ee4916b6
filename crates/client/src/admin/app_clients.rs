//! The pool's app clients.

use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::UserPoolClientType;

use super::Admin;
use crate::error::{Error, Result};

impl Admin {
    /// An app client's settings.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// let app = admin.describe_user_pool_client("3n4b5urk1ft4fl3mg5e62d9ado").await?;
    /// println!("{:?}", app.explicit_auth_flows());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn describe_user_pool_client(&self, client_id: &str) -> Result<UserPoolClientType> {
        let call = self.sdk().describe_user_pool_client().user_pool_id(self.pool()).client_id(client_id);
        call.send().await?.user_pool_client.ok_or_else(no_client)
    }

    /// Changes an app client's settings and keeps all others.
    ///
    /// The service resets whatever an update leaves out. So the settings are read first, `change` gets an update that
    /// is filled with them, and what it returns is sent; setting a member to `None` there resets it.
    ///
    /// ```no_run
    /// # async fn show(admin: poolhouse_client::Admin) -> poolhouse_client::Result<()> {
    /// admin
    ///     .update_user_pool_client("3n4b5urk1ft4fl3mg5e62d9ado", |update| {
    ///         update.access_token_validity(30).set_callback_urls(None)
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound), [`ErrorKind::InvalidParameter`](crate::ErrorKind::InvalidParameter).
    pub async fn update_user_pool_client(
        &self,
        client_id: &str,
        change: impl FnOnce(UpdateUserPoolClientFluentBuilder) -> UpdateUserPoolClientFluentBuilder + Send,
    ) -> Result<UserPoolClientType> {
        let now = self.describe_user_pool_client(client_id).await?;
        let call = self.sdk().update_user_pool_client().user_pool_id(self.pool()).client_id(client_id);
        change(filled(call, now)).send().await?.user_pool_client.ok_or_else(no_client)
    }
}

fn no_client() -> Error {
    Error::Protocol("no UserPoolClient".to_owned())
}

/// An update that changes nothing.
fn filled(
    call: UpdateUserPoolClientFluentBuilder,
    now: UserPoolClientType,
) -> UpdateUserPoolClientFluentBuilder {
    call.set_client_name(now.client_name)
        .set_refresh_token_validity(Some(now.refresh_token_validity).filter(|validity| *validity > 0))
        .set_access_token_validity(now.access_token_validity)
        .set_id_token_validity(now.id_token_validity)
        .set_token_validity_units(now.token_validity_units)
        .set_read_attributes(now.read_attributes)
        .set_write_attributes(now.write_attributes)
        .set_explicit_auth_flows(now.explicit_auth_flows)
        .set_supported_identity_providers(now.supported_identity_providers)
        .set_callback_urls(now.callback_urls)
        .set_logout_urls(now.logout_urls)
        .set_default_redirect_uri(now.default_redirect_uri)
        .set_allowed_o_auth_flows(now.allowed_o_auth_flows)
        .set_allowed_o_auth_scopes(now.allowed_o_auth_scopes)
        .set_allowed_o_auth_flows_user_pool_client(now.allowed_o_auth_flows_user_pool_client)
        .set_analytics_configuration(now.analytics_configuration)
        .set_prevent_user_existence_errors(now.prevent_user_existence_errors)
        .set_enable_token_revocation(now.enable_token_revocation)
        .set_enable_propagate_additional_user_context_data(now.enable_propagate_additional_user_context_data)
        .set_auth_session_validity(now.auth_session_validity)
        .set_refresh_token_rotation(now.refresh_token_rotation)
}
