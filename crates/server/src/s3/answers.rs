//! What a store answers, in XML.

use axum::http::StatusCode;
use axum::http::response::Parts;
use poolhouse_backup::BucketFault;
use poolhouse_ports::Timestamp;
use roxmltree::{Document, Node};

/// A page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) files: Vec<Listed>,
    /// What asks for the next page.
    pub(super) next: Option<String>,
}

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    /// By the store's clock.
    pub(super) modified: Timestamp,
}

fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text()
}

fn document(body: &[u8]) -> Option<Document<'_>> {
    Document::parse(std::str::from_utf8(body).ok()?).ok()
}

/// The root element of an answer, which must have this name.
fn root<'a, 'd>(document: Option<&'a Document<'d>>, name: &str) -> Option<Node<'a, 'd>> {
    document.map(Document::root_element).filter(|root| root.tag_name().name() == name)
}

impl Page {
    /// The answer to ListObjectsV2.
    pub(super) fn read(body: &[u8]) -> Result<Self, BucketFault> {
        let document = document(body);
        let page = || {
            let root = root(document.as_ref(), "ListBucketResult")?;
            let files = root.children().filter(|child| child.tag_name().name() == "Contents").map(|file| {
                let modified = Timestamp::from_iso8601(text(file, "LastModified")?)?;
                Some(Listed { key: text(file, "Key")?.to_owned(), modified })
            });
            let next = match text(root, "IsTruncated") {
                Some("true") => Some(text(root, "NextContinuationToken")?.to_owned()),
                _ => None,
            };
            Some(Self { files: files.collect::<Option<_>>()?, next })
        };
        page().ok_or(BucketFault::Unreadable("the list of files"))
    }
}

/// The id in the answer to CreateMultipartUpload.
pub(super) fn upload_id(body: &[u8]) -> Result<String, BucketFault> {
    let document = document(body);
    let id = root(document.as_ref(), "InitiateMultipartUploadResult").and_then(|root| text(root, "UploadId"));
    id.map(str::to_owned).ok_or(BucketFault::Unreadable("the answer to an upload in pieces"))
}

/// The code of an error; a store may have begun with status 200 before it failed.
pub(super) fn error_code(body: &[u8]) -> Option<String> {
    let document = document(body);
    Some(text(root(document.as_ref(), "Error")?, "Code")?.to_owned())
}

/// What an answer says instead of success; `permission` is what was needed.
pub(super) fn fault(head: &Parts, body: &[u8], permission: &'static str) -> BucketFault {
    let code = error_code(body).unwrap_or_default();
    let region = head.headers.get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
    match (head.status, code.as_str()) {
        (_, "NoSuchBucket") => BucketFault::NoBucket,
        (_, "RequestTimeTooSkewed") => BucketFault::Clock,
        (StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT, _)
        | (_, "AuthorizationHeaderMalformed" | "PermanentRedirect") => {
            BucketFault::Region(region.map(str::to_owned))
        }
        (
            _,
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "InvalidToken"
            | "TokenRefreshRequired",
        ) => BucketFault::Credentials(code),
        (StatusCode::FORBIDDEN, _) => BucketFault::Denied(permission),
        (status, _) => BucketFault::Refused(status.as_u16(), code),
    }
}

/// Whether the same request may succeed in a moment.
pub(super) fn is_passing(status: StatusCode, body: &[u8]) -> bool {
    let of_transport = || {
        let code = error_code(body);
        matches!(
            code.as_deref(),
            Some(
                "RequestTimeout" | "BadDigest" | "IncompleteBody" | "XAmzContentSHA256Mismatch" | "SlowDown"
            )
        )
    };
    status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        || (status == StatusCode::BAD_REQUEST && of_transport())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
        <IsTruncated>true</IsTruncated><NextContinuationToken>n&amp;1</NextContinuationToken>\
        <Contents><Key>p/a.json</Key><LastModified>2030-01-01T00:00:00.250Z</LastModified><Size>3</Size></Contents>\
        </ListBucketResult>";

    #[test]
    fn a_page_is_read() {
        let page = Page::read(LIST.as_bytes()).unwrap();
        let modified = Timestamp::from_iso8601("2030-01-01T00:00:00.250Z").unwrap();
        assert_eq!(page.files, [Listed { key: "p/a.json".to_owned(), modified }]);
        assert_eq!(page.next.as_deref(), Some("n&1"));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let without_token = LIST.replace("NextContinuationToken", "Other");
        let without_key = LIST.replace("Key>", "Other>");
        let other_time = LIST.replace("2030-01-01T", "yesterday ");
        for text in ["", "<html></html>", "<ListBucketResult>", &without_token, &without_key, &other_time] {
            assert!(Page::read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Page::read(&[0xff]).is_err());
    }
}
