//! Users, groups and roles.

use poolhouse_testkit::{element, on_both};

use super::{ACCOUNT, allow, ok, refused, root, text, told, user};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

fn conflict() -> (u16, String, String) {
    let text = "Cannot delete entity, must remove referenced objects first.";
    (409, "DeleteConflict".to_owned(), text.to_owned())
}

on_both! {
    // identity-pools-and-iam §10.4
    async fn users_are_found_whatever_their_case_and_shown_as_written(server) {
        let made = ok(server, "CreateUser", &[
            ("UserName", "Ann"), ("Path", "/team/"), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v"),
        ]).await;
        assert_eq!(text(&made, "Arn"), format!("arn:aws:iam::{ACCOUNT}:user/team/Ann"));
        assert_eq!((text(&made, "Key"), text(&made, "CreateDate")), ("k".to_owned(), "2030-01-01T00:00:00Z".to_owned()));
        assert!(text(&made, "UserId").starts_with("AIDA"));
        let taken = (409, "EntityAlreadyExists".to_owned(), "User with name aNN already exists.".to_owned());
        assert_eq!(refused(server, "CreateUser", &[("UserName", "aNN")]).await, taken);
        assert_eq!(text(&ok(server, "GetUser", &[("UserName", "ann")]).await, "UserName"), "Ann");
        let gone = (404, "NoSuchEntity".to_owned(), "The user with name bob cannot be found.".to_owned());
        assert_eq!(refused(server, "GetUser", &[("UserName", "bob")]).await, gone);
        assert_eq!(refused(server, "DeleteUser", &[("UserName", "bob")]).await, gone);
        ok(server, "CreateUser", &[("UserName", "bob")]).await;
        let taken = refused(server, "UpdateUser", &[("UserName", "bob"), ("NewUserName", "ANN")]).await;
        assert_eq!(taken.1, "EntityAlreadyExists");
        ok(server, "UpdateUser", &[("UserName", "bob"), ("NewUserName", "Bob")]).await;
        assert_eq!(text(&ok(server, "GetUser", &[("UserName", "bob")]).await, "UserName"), "Bob");
        let page = ok(server, "ListUsers", &[("MaxItems", "1")]).await;
        assert_eq!((text(&page, "UserName"), text(&page, "IsTruncated")), ("Ann".to_owned(), "true".to_owned()));
        assert_eq!(element(&page, "Tags"), None);
        let marker = text(&page, "Marker");
        assert!(marker.len() <= 320);
        let rest = ok(server, "ListUsers", &[("Marker", &marker)]).await;
        assert_eq!((text(&rest, "UserName"), text(&rest, "IsTruncated")), ("Bob".to_owned(), "false".to_owned()));
        let foreign = refused(server, "ListGroups", &[("Marker", &marker)]).await;
        assert_eq!((foreign.0, foreign.1.as_str()), (400, "ValidationError"));
        let team = ok(server, "ListUsers", &[("PathPrefix", "/team")]).await;
        assert!(team.contains("Ann") && !team.contains("Bob"));
        assert_eq!(text(&ok(server, "GetUser", &[]).await, "Arn"), format!("arn:aws:iam::{ACCOUNT}:root"));
        ok(server, "DeleteUser", &[("UserName", "BOB")]).await;
        assert_eq!(refused(server, "GetUser", &[("UserName", "bob")]).await, gone);
    }

    // identity-pools-and-iam §10.4, documented: to be removed before a delete
    async fn what_something_hangs_on_is_not_deleted(server) {
        let keys = user(server, "ann", Some(&allow("*"))).await;
        ok(server, "CreateGroup", &[("GroupName", "g")]).await;
        ok(server, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "ann")]).await;
        let delete_ann = async || refused(server, "DeleteUser", &[("UserName", "ann")]).await;
        assert_eq!(delete_ann().await, conflict());
        assert_eq!(refused(server, "DeleteGroup", &[("GroupName", "g")]).await, conflict());
        let members = ok(server, "GetGroup", &[("GroupName", "g")]).await;
        assert_eq!((text(&members, "GroupName"), text(&members, "UserName")), ("g".to_owned(), "ann".to_owned()));
        let groups = ok(server, "ListGroupsForUser", &[("UserName", "ann")]).await;
        assert_eq!(text(&groups, "GroupName"), "g");
        ok(server, "RemoveUserFromGroup", &[("GroupName", "g"), ("UserName", "ann")]).await;
        assert_eq!(refused(server, "RemoveUserFromGroup", &[("GroupName", "g"), ("UserName", "ann")]).await.1, "NoSuchEntity");
        assert_eq!(delete_ann().await, conflict());
        ok(server, "DeleteAccessKey", &[("UserName", "ann"), ("AccessKeyId", &keys.id)]).await;
        assert_eq!(delete_ann().await, conflict());
        ok(server, "DeleteUserPolicy", &[("UserName", "ann"), ("PolicyName", "p")]).await;
        ok(server, "DeleteUser", &[("UserName", "ann")]).await;
        ok(server, "UpdateGroup", &[("GroupName", "g"), ("NewGroupName", "h"), ("NewPath", "/p/")]).await;
        assert_eq!(text(&ok(server, "ListGroups", &[]).await, "Arn"), format!("arn:aws:iam::{ACCOUNT}:group/p/h"));
        ok(server, "DeleteGroup", &[("GroupName", "h")]).await;
    }

    async fn a_user_is_in_ten_groups_at_most(server) {
        ok(server, "CreateUser", &[("UserName", "ann")]).await;
        for group in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a"] {
            ok(server, "CreateGroup", &[("GroupName", group)]).await;
            let added = root(server).query("AddUserToGroup", &[("GroupName", group), ("UserName", "ann")]).await;
            if group == "a" {
                let text = "Cannot exceed quota for GroupsPerUser: 10".to_owned();
                assert_eq!(told(added), (409, "LimitExceeded".to_owned(), text));
            } else {
                added.unwrap();
            }
        }
        ok(server, "AddUserToGroup", &[("GroupName", "0"), ("UserName", "ann")]).await;
    }

    async fn roles_have_a_trust_policy_of_aws_form(server) {
        let create = |document| vec![("RoleName", "r"), ("AssumeRolePolicyDocument", document)];
        for (document, expected) in [
            ("x", "This policy contains invalid Json"),
            (r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"#, "Missing required field Principal"),
            (r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"iam:GetUser"}}"#, "AssumeRole policy may only specify STS AssumeRole actions."),
        ] {
            let refusal = refused(server, "CreateRole", &create(document)).await;
            assert_eq!(refusal, (400, "MalformedPolicyDocument".to_owned(), expected.to_owned()));
        }
        let mut input = create(TRUST);
        input.extend([("Description", "d"), ("MaxSessionDuration", "7200")]);
        let made = ok(server, "CreateRole", &input).await;
        assert!(text(&made, "AssumeRolePolicyDocument").starts_with("%7B%22Version"));
        assert!(text(&made, "RoleId").starts_with("AROA"));
        let shown = ok(server, "GetRole", &[("RoleName", "R")]).await;
        assert_eq!((text(&shown, "Description"), text(&shown, "MaxSessionDuration")), ("d".to_owned(), "7200".to_owned()));
        ok(server, "UpdateRole", &[("RoleName", "r"), ("Description", "e")]).await;
        let described = ok(server, "UpdateRoleDescription", &[("RoleName", "r"), ("Description", "f")]).await;
        assert_eq!((text(&described, "Description"), text(&described, "MaxSessionDuration")), ("f".to_owned(), "3600".to_owned()));
        let changed = TRUST.replace('*', ACCOUNT);
        ok(server, "UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", &changed)]).await;
        assert!(text(&ok(server, "ListRoles", &[]).await, "AssumeRolePolicyDocument").contains(ACCOUNT));
        let unknown = (404, "NoSuchEntity".to_owned(), "The role with name s cannot be found.".to_owned());
        assert_eq!(refused(server, "DeleteRole", &[("RoleName", "s")]).await, unknown);
        ok(server, "DeleteRole", &[("RoleName", "r")]).await;
    }

    async fn the_summary_counts_what_there_is(server) {
        ok(server, "CreateUser", &[("UserName", "ann")]).await;
        let summary = ok(server, "GetAccountSummary", &[]).await;
        assert!(summary.contains("<key>Users</key><value>1</value>"), "{summary}");
        assert!(summary.contains("<key>UsersQuota</key><value>5000</value>"), "{summary}");
    }

    async fn tags_are_set_listed_and_removed(server) {
        ok(server, "CreateUser", &[("UserName", "ann")]).await;
        let tag = |key, value| [("UserName", "ann"), ("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
        ok(server, "TagUser", &tag("a", "1")).await;
        ok(server, "TagUser", &tag("b", "2")).await;
        ok(server, "TagUser", &tag("A", "3")).await;
        let page = ok(server, "ListUserTags", &[("UserName", "ann"), ("MaxItems", "1")]).await;
        assert_eq!((text(&page, "Key"), text(&page, "Value")), ("A".to_owned(), "3".to_owned()));
        let marker = text(&page, "Marker");
        assert_eq!(text(&ok(server, "ListUserTags", &[("UserName", "ann"), ("Marker", &marker)]).await, "Key"), "b");
        ok(server, "UntagUser", &[("UserName", "ann"), ("TagKeys.member.1", "a"), ("TagKeys.member.2", "none")]).await;
        assert_eq!(text(&ok(server, "ListUserTags", &[("UserName", "ann")]).await, "Key"), "b");
        assert_eq!(refused(server, "TagUser", &[("UserName", "bob"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "")]).await.1, "NoSuchEntity");
    }
}
