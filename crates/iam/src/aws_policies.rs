//! The managed policies of AWS that concern the services here (identity-pools-and-iam §10.4): read and attached like
//! others, and never changed.

/// A managed policy of AWS.
#[derive(Debug)]
pub(crate) struct AwsPolicy {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    /// The number of its only version that is kept here: the one that was in force when it was written down.
    pub(crate) version: u32,
    pub(crate) document: &'static str,
}

impl AwsPolicy {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// The policy of AWS with this ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsPolicy> {
    let rest = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    ALL.iter().find(|policy| rest.strip_prefix(policy.path).is_some_and(|name| name == policy.name))
}

/// All of them, by name.
pub(crate) const ALL: &[AwsPolicy] = &[
    AwsPolicy {
        name: "AWSDenyAll",
        path: "/",
        version: 2,
        document: r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Action":["*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AdministratorAccess",
        path: "/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoDeveloperAuthenticatedIdentities",
        path: "/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:GetOpenIdTokenForDeveloperIdentity","cognito-identity:LookupDeveloperIdentity","cognito-identity:MergeDeveloperIdentities","cognito-identity:UnlinkDeveloperIdentity"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoIdpEmailServiceRolePolicy",
        path: "/aws-service-role/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ses:SendEmail","ses:SendRawEmail"],"Resource":"*"},{"Effect":"Deny","Action":"ses:List*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoIdpServiceRolePolicy",
        path: "/aws-service-role/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-idp:Describe*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoPowerUser",
        path: "/",
        version: 8,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:*","cognito-idp:*","cognito-sync:*","iam:ListRoles","iam:GetRole","iam:ListOpenIdConnectProviders","iam:ListSAMLProviders","iam:GetSAMLProvider","kinesis:ListStreams","lambda:GetPolicy","lambda:ListFunctions","sns:GetSMSSandboxAccountStatus","sns:ListPlatformApplications","ses:ListIdentities","ses:GetIdentityVerificationAttributes","mobiletargeting:GetApps","acm:ListCertificates","sms-voice:DescribeAccountAttributes"],"Resource":"*"},{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["cognito-idp.amazonaws.com","email.cognito-idp.amazonaws.com"]}}},{"Effect":"Allow","Action":["iam:DeleteServiceLinkedRole","iam:GetServiceLinkedRoleDeletionStatus"],"Resource":["arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp*","arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmail*"]}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoReadOnly",
        path: "/",
        version: 4,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:Describe*","cognito-identity:Get*","cognito-identity:List*","cognito-idp:Describe*","cognito-idp:AdminGet*","cognito-idp:AdminList*","cognito-idp:List*","cognito-idp:Get*","cognito-sync:Describe*","cognito-sync:Get*","cognito-sync:List*","iam:ListOpenIdConnectProviders","iam:ListRoles","sns:ListPlatformApplications"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoUnAuthedIdentitiesSessionPolicy",
        path: "/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rum:PutRumEvents","sagemaker:InvokeEndpoint","polly:*","comprehend:*","translate:*","transcribe:*","rekognition:*","mobiletargeting:*","firehose:*","personalize:*"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "AmazonCognitoUnauthenticatedIdentities",
        path: "/",
        version: 1,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rum:PutRumEvents","Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMFullAccess",
        path: "/",
        version: 2,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        version: 4,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    },
    AwsPolicy {
        name: "PowerUserAccess",
        path: "/",
        version: 12,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    },
    // Of its some thousand actions those of the services here.
    AwsPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        version: 87,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-identity:Describe*","cognito-identity:GetCredentialsForIdentity","cognito-identity:GetIdentityPoolRoles","cognito-identity:GetOpenIdToken","cognito-identity:GetOpenIdTokenForDeveloperIdentity","cognito-identity:List*","cognito-identity:Lookup*","cognito-idp:AdminGet*","cognito-idp:AdminList*","cognito-idp:Describe*","cognito-idp:Get*","cognito-idp:List*","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:Get*","kms:List*","secretsmanager:Describe*","secretsmanager:GetResourcePolicy","secretsmanager:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity","sts:GetSessionToken"],"Resource":"*"}]}"#,
    },
];

#[cfg(test)]
mod tests {
    use poolhouse_policy::Policy;

    use super::*;

    #[test]
    fn all_are_policies_and_found_by_their_arns() {
        for policy in ALL {
            Policy::parse(policy.document).unwrap();
            assert_eq!(find(&policy.arn()).map(|found| found.name), Some(policy.name));
        }
        assert!(ALL.is_sorted_by_key(|policy| policy.name));
        for none in
            ["", "arn:aws:iam::aws:policy/None", "arn:aws:iam::000000000000:policy/AdministratorAccess"]
        {
            assert!(find(none).is_none(), "{none}");
        }
    }
}
