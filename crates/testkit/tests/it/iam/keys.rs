//! Access keys.

use poolhouse_testkit::{element, on_both};
use poolhouse_wire::iam;
use serde_json::json;

use super::{Keys, allow, ok, refused, root, text, told, user};

on_both! {
    async fn a_key_signs_until_it_is_deactivated_or_deleted(server) {
        let keys = user(server, "ann", Some(&allow("*"))).await;
        let ann = keys.caller(server);
        let list = json!({ "MaxResults": 1 });
        ann.ok("ListUserPools", list.clone()).await;
        let named = [("UserName", "ann"), ("AccessKeyId", keys.id.as_str())];
        let set = async |status| {
            ok(server, "UpdateAccessKey", &[named[0], named[1], ("Status", status)]).await;
        };
        set("Inactive").await;
        assert_eq!(ann.refused("ListUserPools", list.clone()).await.0, "UnrecognizedClientException");
        let shown = ok(server, "ListAccessKeys", &[("UserName", "ANN")]).await;
        assert_eq!((text(&shown, "Status"), text(&shown, "AccessKeyId")), ("Inactive".to_owned(), keys.id.clone()));
        assert_eq!(element(&shown, "SecretAccessKey"), None);
        set("Active").await;
        ann.ok("ListUserPools", list.clone()).await;
        ok(server, "DeleteAccessKey", &named).await;
        assert_eq!(ann.refused("ListUserPools", list).await.0, "UnrecognizedClientException");
        let gone = (404, "NoSuchEntity".to_owned(), format!("The Access Key with id {} cannot be found.", keys.id));
        assert_eq!(refused(server, "DeleteAccessKey", &named).await, gone);
    }

    // identity-pools-and-iam §10.4, documented
    async fn a_user_has_two_keys_at_most_and_makes_his_own(server) {
        let keys = user(server, "ann", Some(&allow("iam:*"))).await;
        let ann = keys.caller(server).of(&iam::SERVICE);
        let second = Keys::of(&ann.query("CreateAccessKey", &[]).await.unwrap());
        assert!(second.id.starts_with("AKIA") && second.secret.len() == 40);
        let third = told(ann.query("CreateAccessKey", &[]).await);
        assert_eq!(third, (409, "LimitExceeded".to_owned(), "Cannot exceed quota for AccessKeysPerUser: 2".to_owned()));
        let page = ann.query("ListAccessKeys", &[("MaxItems", "1")]).await.unwrap();
        assert_eq!(text(&page, "IsTruncated"), "true");
        let rest = ann.query("ListAccessKeys", &[("Marker", &text(&page, "Marker"))]).await.unwrap();
        let mut ids = [text(&page, "AccessKeyId"), text(&rest, "AccessKeyId")];
        ids.sort();
        let mut expected = [keys.id.clone(), second.id.clone()];
        expected.sort();
        assert_eq!((ids, text(&rest, "IsTruncated")), (expected, "false".to_owned()));
        let used = ok(server, "GetAccessKeyLastUsed", &[("AccessKeyId", &second.id)]).await;
        assert_eq!((text(&used, "UserName"), text(&used, "ServiceName")), ("ann".to_owned(), "N/A".to_owned()));
        // The root has no name to be found by.
        assert_eq!(told(root(server).query("CreateAccessKey", &[]).await).1, "ValidationError");
    }
}
