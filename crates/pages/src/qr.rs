//! QR codes as SVG.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use qrcodegen::{QrCode, QrCodeEcc};

/// The picture of a text, or nothing where it is too long for one: the text itself stands beside it.
pub(crate) struct Qr(Option<QrCode>);

/// Light modules around the code, which the standard asks for.
const QUIET: i32 = 4;

impl Qr {
    pub(crate) fn of(text: &str) -> Self {
        Self(QrCode::encode_text(text, QrCodeEcc::Low).ok())
    }
}

impl fmt::Display for Qr {
    /// The modules alone: the template says what the picture is of. Each run of dark modules is one piece of the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = &self.0 else { return Ok(()) };
        let (size, full) = (code.size(), code.size() + 2 * QUIET);
        write!(
            f,
            "<svg class=\"qr\" viewBox=\"0 0 {full} {full}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">"
        )?;
        write!(f, "<path class=\"ground\" d=\"M0 0h{full}v{full}h-{full}z\"/><path d=\"")?;
        for y in 0..size {
            let mut x = 0;
            while x < size {
                let run = (x..size).take_while(|x| code.get_module(*x, y)).map(|_| 1).sum::<i32>();
                if run > 0 {
                    write!(f, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET)?;
                }
                x += run.max(1);
            }
        }
        f.write_str("\"/></svg>")
    }
}

impl HtmlSafe for Qr {}

/// The address that authenticator apps read (Key Uri Format).
pub(crate) fn otpauth(issuer: &str, account: &str, key: &str) -> String {
    let (issuer, account, key) = (encoded(issuer), encoded(account), encoded(key));
    format!("otpauth://totp/{issuer}:{account}?secret={key}&issuer={issuer}")
}

/// The text with everything but unreserved characters percent-encoded.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a `String` does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_no_part_that_could_be_another() {
        assert_eq!(
            otpauth("A: B&C", "ü@x?y", "KEY"),
            "otpauth://totp/A%3A%20B%26C:%C3%BC%40x%3Fy?secret=KEY&issuer=A%3A%20B%26C"
        );
    }

    #[test]
    fn the_picture_has_every_dark_module_once() {
        let Qr(Some(code)) = Qr::of("otpauth://totp/a:b?secret=KEY&issuer=a") else { panic!("it fits") };
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        let svg = Qr(Some(code)).to_string();
        let (_, path) = svg.split_once("/><path d=\"").unwrap();
        let runs = path
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|run| run.split('v').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(runs.sum::<usize>(), dark);
    }

    #[test]
    fn what_does_not_fit_has_no_picture() {
        assert_eq!(Qr::of(&"x".repeat(3_000)).to_string(), "");
    }
}
