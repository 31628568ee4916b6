//! Inline and managed policies.

use poolhouse_testkit::{element, on_both};

use super::{ACCOUNT, allow, ok, refused, text};

fn own(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

on_both! {
    // identity-pools-and-iam §10.4, recorded: the old spelling stays
    async fn an_inline_policy_is_overwritten_whatever_its_case(server) {
        ok(server, "CreateRole", &[
            ("RoleName", "r"),
            ("AssumeRolePolicyDocument", r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#),
        ]).await;
        let put = async |name, document: &str| {
            ok(server, "PutRolePolicy", &[("RoleName", "r"), ("PolicyName", name), ("PolicyDocument", document)]).await
        };
        put("Read", &allow("iam:Get*")).await;
        put("READ", &allow("iam:List*")).await;
        let shown = ok(server, "GetRolePolicy", &[("RoleName", "r"), ("PolicyName", "read")]).await;
        assert_eq!(text(&shown, "PolicyName"), "Read");
        assert!(text(&shown, "PolicyDocument").contains("iam%3AList%2A"), "{shown}");
        put("Write", &allow("iam:Put*")).await;
        let page = ok(server, "ListRolePolicies", &[("RoleName", "r"), ("MaxItems", "1")]).await;
        assert_eq!((text(&page, "member"), text(&page, "IsTruncated")), ("Read".to_owned(), "true".to_owned()));
        let rest = ok(server, "ListRolePolicies", &[("RoleName", "r"), ("Marker", &text(&page, "Marker"))]).await;
        assert_eq!(text(&rest, "member"), "Write");
        ok(server, "DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "WRITE")]).await;
        let gone = (404, "NoSuchEntity".to_owned(), "The role policy with name Write cannot be found.".to_owned());
        assert_eq!(refused(server, "DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "Write")]).await, gone);
        assert_eq!(refused(server, "GetRolePolicy", &[("RoleName", "r"), ("PolicyName", "Write")]).await, gone);
    }

    // identity-pools-and-iam §10.1
    async fn documents_are_looked_at_and_have_a_size(server) {
        ok(server, "CreateUser", &[("UserName", "ann")]).await;
        let put = |document: String| async move {
            refused(server, "PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await
        };
        let malformed = |text: &str| (400, "MalformedPolicyDocument".to_owned(), text.to_owned());
        assert_eq!(put("{}".to_owned()).await, malformed("Syntax errors in policy."));
        assert_eq!(put(allow("GetUser")).await, malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
        let long = (409, "LimitExceeded".to_owned(), "Maximum policy size of 2048 bytes exceeded for user ann".to_owned());
        assert_eq!(put(allow(&format!("iam:{}", "x".repeat(2048)))).await, long);
        // Blanks are not counted.
        let blanks = format!("{}{}", allow("iam:*"), " ".repeat(4000));
        ok(server, "PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", &blanks)]).await;
    }

    async fn managed_policies_have_five_versions_of_which_one_counts(server) {
        let arn = own("p");
        let named = ("PolicyArn", arn.as_str());
        let document = allow("iam:*");
        let made = ok(server, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &document), ("Description", "d")]).await;
        assert_eq!((text(&made, "Arn"), text(&made, "DefaultVersionId")), (arn.clone(), "v1".to_owned()));
        let taken = "A policy called P already exists. Duplicate names are not allowed.".to_owned();
        assert_eq!(
            refused(server, "CreatePolicy", &[("PolicyName", "P"), ("PolicyDocument", &document)]).await,
            (409, "EntityAlreadyExists".to_owned(), taken)
        );
        let next = [named, ("PolicyDocument", document.as_str())];
        for version in ["v2", "v3", "v4", "v5"] {
            assert_eq!(text(&ok(server, "CreatePolicyVersion", &next).await, "VersionId"), version);
        }
        assert_eq!(refused(server, "CreatePolicyVersion", &next).await.1, "LimitExceeded");
        assert_eq!(refused(server, "DeletePolicyVersion", &[named, ("VersionId", "v1")]).await.1, "DeleteConflict");
        ok(server, "SetDefaultPolicyVersion", &[named, ("VersionId", "v3")]).await;
        assert_eq!(text(&ok(server, "GetPolicy", &[named]).await, "DefaultVersionId"), "v3");
        ok(server, "DeletePolicyVersion", &[named, ("VersionId", "v5")]).await;
        // Numbers are not used again.
        let sixth = ok(server, "CreatePolicyVersion", &[next[0], next[1], ("SetAsDefault", "true")]).await;
        assert_eq!((text(&sixth, "VersionId"), text(&sixth, "IsDefaultVersion")), ("v6".to_owned(), "true".to_owned()));
        let page = ok(server, "ListPolicyVersions", &[named, ("MaxItems", "1")]).await;
        assert_eq!(text(&page, "VersionId"), "v6");
        let rest = ok(server, "ListPolicyVersions", &[named, ("Marker", &text(&page, "Marker"))]).await;
        assert_eq!((text(&rest, "VersionId"), element(&rest, "Document")), ("v4".to_owned(), None));
        let shown = ok(server, "GetPolicyVersion", &[named, ("VersionId", "v6")]).await;
        assert!(text(&shown, "Document").contains("iam%3A%2A"), "{shown}");
        assert_eq!(refused(server, "GetPolicyVersion", &[named, ("VersionId", "v5")]).await.1, "NoSuchEntity");
        assert_eq!(refused(server, "DeletePolicy", &[named]).await.1, "DeleteConflict");
        for version in ["v1", "v2", "v3", "v4"] {
            ok(server, "DeletePolicyVersion", &[named, ("VersionId", version)]).await;
        }
        ok(server, "DeletePolicy", &[named]).await;
        let gone = (404, "NoSuchEntity".to_owned(), format!("Policy {arn} was not found."));
        assert_eq!(refused(server, "DeletePolicy", &[named]).await, gone);
    }

    async fn policies_are_attached_and_say_to_whom(server) {
        let arn = own("p");
        ok(server, "CreateUser", &[("UserName", "ann")]).await;
        let attach = [("UserName", "ann"), ("PolicyArn", arn.as_str())];
        let unknown = (404, "NoSuchEntity".to_owned(), format!("Policy {arn} does not exist or is not attachable."));
        assert_eq!(refused(server, "AttachUserPolicy", &attach).await, unknown);
        let no_arn = refused(server, "AttachUserPolicy", &[("UserName", "ann"), ("PolicyArn", "x".repeat(20).as_str())]).await;
        assert_eq!(no_arn, (400, "ValidationError".to_owned(), "Invalid ARN:  Could not be parsed!".to_owned()));
        ok(server, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &allow("iam:*"))]).await;
        ok(server, "AttachUserPolicy", &attach).await;
        ok(server, "AttachUserPolicy", &attach).await;
        ok(server, "PutUserPermissionsBoundary", &[("UserName", "ann"), ("PermissionsBoundary", &arn)]).await;
        assert_eq!(text(&ok(server, "GetUser", &[("UserName", "ann")]).await, "PermissionsBoundaryArn"), arn);
        let shown = ok(server, "GetPolicy", &[("PolicyArn", &arn)]).await;
        assert_eq!((text(&shown, "AttachmentCount"), text(&shown, "PermissionsBoundaryUsageCount")), ("1".to_owned(), "1".to_owned()));
        assert_eq!(text(&ok(server, "ListEntitiesForPolicy", &[("PolicyArn", &arn)]).await, "UserName"), "ann");
        let roles = ok(server, "ListEntitiesForPolicy", &[("PolicyArn", &arn), ("EntityFilter", "Role")]).await;
        assert_eq!(element(&roles, "UserName"), None);
        assert_eq!(text(&ok(server, "ListAttachedUserPolicies", &[("UserName", "ann")]).await, "PolicyName"), "p");
        assert_eq!(refused(server, "DeletePolicy", &[("PolicyArn", &arn)]).await.1, "DeleteConflict");
        ok(server, "DetachUserPolicy", &attach).await;
        let gone = (404, "NoSuchEntity".to_owned(), format!("Policy {arn} was not found."));
        assert_eq!(refused(server, "DetachUserPolicy", &attach).await, gone);
        assert_eq!(refused(server, "DeletePolicy", &[("PolicyArn", &arn)]).await.1, "DeleteConflict");
        ok(server, "DeleteUserPermissionsBoundary", &[("UserName", "ann")]).await;
        ok(server, "DeletePolicy", &[("PolicyArn", &arn)]).await;
    }

    async fn aws_own_policies_are_read_and_never_changed(server) {
        let arn = "arn:aws:iam::aws:policy/AmazonCognitoReadOnly";
        let shown = ok(server, "GetPolicy", &[("PolicyArn", arn)]).await;
        assert_eq!((text(&shown, "PolicyName"), text(&shown, "DefaultVersionId")), ("AmazonCognitoReadOnly".to_owned(), "v4".to_owned()));
        assert!(text(&ok(server, "GetPolicyVersion", &[("PolicyArn", arn), ("VersionId", "v4")]).await, "Document").contains("cognito-idp"));
        assert_eq!(refused(server, "DeletePolicy", &[("PolicyArn", arn)]).await.1, "AccessDenied");
        ok(server, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &allow("iam:*"))]).await;
        assert_eq!(text(&ok(server, "ListPolicies", &[("Scope", "Local")]).await, "PolicyName"), "p");
        let page = ok(server, "ListPolicies", &[("Scope", "AWS"), ("MaxItems", "1")]).await;
        assert_eq!((text(&page, "PolicyName"), text(&page, "IsTruncated")), ("AWSDenyAll".to_owned(), "true".to_owned()));
        assert_eq!(element(&ok(server, "ListPolicies", &[("OnlyAttached", "true")]).await, "PolicyName"), None);
    }
}
