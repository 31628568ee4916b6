//! Why a document is refused.

use std::fmt;

/// Why a document is no policy. `Display` gives the message of AWS's `MalformedPolicyDocument`
/// (identity-pools-and-iam §10.1, §9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// No JSON, or not of a policy's form: a wrong type, an unknown or repeated member, an unknown operator.
    Syntax,
    /// A trust policy that is no JSON.
    Json,
    /// Neither Action nor NotAction, or an empty list.
    NoActions,
    /// Neither Resource nor NotResource, or an empty list.
    NoResources,
    /// An action without its service.
    NoVendor,
    /// An action with two colons.
    Colons,
    /// An action of a service that can be none.
    Vendor(String),
    /// A resource that is neither an ARN nor `*`.
    Resource(String),
    /// A resource whose service is missing or has a wildcard.
    ResourceVendor,
    /// Two statements of the same Sid.
    RepeatedSid,
    /// A Sid with other characters than letters and digits.
    Sid,
    /// An identity policy that names a principal.
    PrincipalGiven,
    /// A member that a trust policy must have.
    Missing(&'static str),
    /// A member that a trust policy must not have.
    Prohibited(&'static str),
    /// A trust policy that allows something else than assuming a role.
    NotAssumeRole,
    /// A trust policy that lets in identity pools without a condition.
    CognitoWithoutCondition,
    /// A trust policy that lets in all identity pools.
    CognitoWithoutAudience,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "Syntax errors in policy.",
            Self::Json => "This policy contains invalid Json",
            Self::NoActions => "Policy statement must contain actions.",
            Self::NoResources => "Policy statement must contain resources.",
            Self::NoVendor => "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            Self::Colons => "Actions/Condition can contain only one colon.",
            Self::Vendor(vendor) => return write!(f, "Vendor {vendor} is not valid"),
            Self::Resource(resource) => {
                return write!(f, "Resource {resource} must be in ARN format or \"*\".");
            }
            Self::ResourceVendor => "Resource vendor must be fully qualified and cannot contain regexes.",
            Self::RepeatedSid => "Statement IDs (SID) in a single policy must be unique.",
            Self::Sid => {
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
            }
            Self::PrincipalGiven => "Policy document should not specify a principal.",
            Self::Missing(field) => return write!(f, "Missing required field {field}"),
            Self::Prohibited(field) => return write!(f, "Has prohibited field {field}"),
            Self::NotAssumeRole => "AssumeRole policy may only specify STS AssumeRole actions.",
            Self::CognitoWithoutCondition => "A condition block must be present for the Cognito provider",
            Self::CognitoWithoutAudience => {
                "Trust policy with trusted principal cognito-identity.amazonaws.com must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, cognito-identity.amazonaws.com:aud which is not scoped to all."
            }
        })
    }
}

impl std::error::Error for Malformed {}
