//! Identity providers and app clients: C34 to C38.

use poolhouse_client::sdk::types::OAuthFlowType;
use poolhouse_client::{Error, ErrorKind, ProviderKind as Kind};

rows! {
    async fn c34_create_identity_provider(world) {
        let pool = world.pool().await;
        let request = pool.admin.create_identity_provider("Google", Kind::Google);
        let request = request.detail("client_id", "id").detail("client_secret", "hidden");
        let made = request.detail("authorize_scopes", "email").map_attribute("email", "email").send().await.unwrap();
        assert_eq!((made.name.as_str(), made.kind.as_ref()), ("Google", Some(&Kind::Google)));
        assert!(!format!("{made:?}").contains("hidden"));
        let again = pool.admin.create_identity_provider("Google", Kind::Google);
        let again = again.detail("client_id", "id").detail("client_secret", "s").detail("authorize_scopes", "email");
        assert!(matches!(again.send().await, Err(Error::Service { kind: ErrorKind::ProviderExists, .. })));
        let listed = pool.admin.list_identity_providers().all().await.unwrap();
        assert_eq!(listed.iter().map(|provider| provider.name.as_str()).collect::<Vec<_>>(), ["Google"]);
    }

    async fn c35_describe_identity_provider(world) {
        let pool = world.pool().await;
        let none = pool.admin.describe_identity_provider("Google").await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::NotFound, .. })), "{none:?}");
        let request = pool.admin.create_identity_provider("Google", Kind::Google).identifiers(["google.com"]);
        let request = request.detail("client_id", "id").detail("client_secret", "s").detail("authorize_scopes", "email");
        request.send().await.unwrap();
        let provider = pool.admin.describe_identity_provider("Google").await.unwrap();
        assert_eq!(provider.details["client_id"], "id");
        assert_eq!(provider.identifiers, ["google.com"]);
        assert!(provider.created.is_some());
        pool.admin.delete_identity_provider("Google").await.unwrap();
        assert!(pool.admin.describe_identity_provider("Google").await.is_err());
    }

    async fn c36_update_identity_provider(world) {
        let pool = world.pool().await;
        let request = pool.admin.create_identity_provider("Google", Kind::Google);
        let request = request.detail("client_id", "id").detail("client_secret", "s").detail("authorize_scopes", "email");
        request.send().await.unwrap();
        let changed = pool.admin.update_identity_provider("Google").map_attribute("name", "name").send().await.unwrap();
        assert_eq!(changed.attribute_mapping["name"], "name");
        assert_eq!(changed.details["client_id"], "id");
        let none = pool.admin.update_identity_provider("None").map_attribute("name", "name").send().await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::NotFound, .. })), "{none:?}");
    }

    async fn c37_describe_user_pool_client(world) {
        let pool = world.pool().await;
        let id = pool.client.client_id().unwrap();
        let app = pool.admin.describe_user_pool_client(id).await.unwrap();
        assert_eq!((app.client_id(), app.client_name()), (Some(id), Some("app")));
        let none = pool.admin.describe_user_pool_client("3n4b5urk1ft4fl3mg5e62d9ado").await;
        assert!(matches!(none, Err(Error::Service { kind: ErrorKind::NotFound, .. })), "{none:?}");
    }

    /// The service resets what an update leaves out, and so does pycognito; here all else stays.
    async fn c38_update_user_pool_client(world) {
        let pool = world.pool().await;
        let app = pool
            .app(|app| {
                app.callback_urls("https://example.com/back").logout_urls("https://example.com/out")
                    .allowed_o_auth_flows(OAuthFlowType::Code)
                    .allowed_o_auth_scopes("openid")
                    .allowed_o_auth_flows_user_pool_client(true)
                    .supported_identity_providers("COGNITO")
                    .read_attributes("email")
                    .auth_session_validity(7)
                    .enable_token_revocation(false)
            })
            .await;
        let id = app.client_id().unwrap();
        let before = pool.admin.describe_user_pool_client(id).await.unwrap();
        let changed = pool.admin.update_user_pool_client(id, |update| update.refresh_token_validity(9)).await.unwrap();
        assert_eq!(changed.refresh_token_validity, 9);
        let mut expected = before.clone();
        expected.refresh_token_validity = 9;
        expected.last_modified_date = changed.last_modified_date;
        assert_eq!(changed, expected);
        let reset = pool.admin.update_user_pool_client(id, |update| update.set_logout_urls(None)).await.unwrap();
        assert_eq!((reset.logout_urls, reset.callback_urls), (None, before.callback_urls));
    }
}
