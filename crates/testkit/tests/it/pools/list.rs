//! ListUserPools (operations-and-protection §2, protocol §8).

use poolhouse_testkit::on_both;
use serde_json::json;

on_both! {
    async fn pools_are_listed_oldest_first_with_their_short_form(server) {
        let first = server.pool(json!({})).await;
        server.clock().advance_seconds(1);
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:hook";
        let second = server.pool(json!({ "LambdaConfig": { "PreSignUp": arn } })).await;
        let list = server.admin().ok("ListUserPools", json!({ "MaxResults": 60 })).await;
        assert_eq!(list, json!({ "UserPools": [
            {
                "Id": first, "Name": "test", "LambdaConfig": {},
                "CreationDate": 1_893_456_000.0, "LastModifiedDate": 1_893_456_000.0,
            },
            {
                "Id": second, "Name": "test", "LambdaConfig": { "PreSignUp": arn },
                "CreationDate": 1_893_456_001.0, "LastModifiedDate": 1_893_456_001.0,
            },
        ] }));
    }

    async fn pages_follow_one_another_and_the_last_has_no_token(server) {
        let mut made = Vec::new();
        for _ in 0..4 {
            made.push(server.pool(json!({})).await);
        }
        // Made at one instant: their ids decide.
        made.sort();
        let mut seen = Vec::new();
        let mut input = json!({ "MaxResults": 2 });
        for page in 1.. {
            let answer = server.admin().ok("ListUserPools", input.clone()).await;
            let pools = answer["UserPools"].as_array().unwrap();
            assert_eq!(pools.len(), 2);
            seen.extend(pools.iter().map(|p| p["Id"].as_str().unwrap().to_owned()));
            let Some(token) = answer.get("NextToken") else {
                assert_eq!(page, 2, "an exactly full last page carries no token");
                break;
            };
            input["NextToken"] = token.clone();
        }
        assert_eq!(seen, made);
    }

    async fn page_size_is_required_and_foreign_tokens_are_refused(server) {
        let (code, text) = server.admin().refused("ListUserPools", json!({})).await;
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(
            text,
            "1 validation error detected: Value null at 'maxResults' failed to satisfy constraint: Member must not be null"
        );
        let foreign = json!({ "MaxResults": 1, "NextToken": "abc" });
        assert_eq!(server.admin().refused("ListUserPools", foreign).await, (
            "InvalidParameterException".to_owned(),
            "Provided pagination token is invalid. Check the token and try your request again.".to_owned(),
        ));
    }
}
