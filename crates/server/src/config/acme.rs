//! Settings of certificates that an authority gives by ACME.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::http::Uri;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use poolhouse_crypto::digest;
use serde::Deserialize;

use super::is_host_name;
use crate::exit::Failure;

/// Let's Encrypt.
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The most names that a certificate is ordered for: no more than Let's Encrypt takes.
const NAMES: usize = 100;

/// Options of ACME (docs/operating.md); of use to a server that was built with the feature `acme` alone.
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct AcmeOptions {
    /// Host names to get a certificate for, by ACME, in the place of one in files: this server then speaks HTTPS alone, and
    /// port 443 of each name leads to it, or to another one with the same settings and database.
    #[arg(long, env = "POOLHOUSE_ACME_NAMES", value_name = "HOST", value_delimiter = ',')]
    pub(crate) acme_names: Vec<String>,

    /// Agrees to the terms of the authority that gives the certificate; it gives none without.
    #[arg(long, env = "POOLHOUSE_ACME_AGREE_TO_TERMS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) acme_agree_to_terms: bool,

    /// The directory of the authority [default: https://acme-v02.api.letsencrypt.org/directory].
    #[arg(long, env = "POOLHOUSE_ACME_DIRECTORY", value_name = "URL")]
    pub(crate) acme_directory: Option<String>,

    /// The e-mail address that the authority is told when the account is made [default: none].
    #[arg(long, env = "POOLHOUSE_ACME_CONTACT", value_name = "ADDRESS")]
    pub(crate) acme_contact: Option<String>,

    /// File with the certificates (PEM) by which an authority of your own is believed; no others are then.
    #[arg(long, env = "POOLHOUSE_ACME_ROOTS", value_name = "FILE")]
    pub(crate) acme_roots: Option<PathBuf>,

    /// The id of the key that binds the account to one that you have at the authority (EAB); goes with the key.
    #[arg(long, env = "POOLHOUSE_ACME_EAB_KEY_ID", value_name = "ID")]
    pub(crate) acme_eab_key_id: Option<String>,

    /// File with that key, as the authority shows it (base64url), which nobody but its owner can read.
    #[arg(long, env = "POOLHOUSE_ACME_EAB_KEY_FILE", value_name = "FILE")]
    pub(crate) acme_eab_key_file: Option<PathBuf>,
}

impl AcmeOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self {
            acme_names,
            acme_agree_to_terms,
            acme_directory,
            acme_contact,
            acme_roots,
            acme_eab_key_id,
            acme_eab_key_file,
        } = file;
        if self.acme_names.is_empty() {
            self.acme_names = acme_names;
        }
        self.acme_agree_to_terms |= acme_agree_to_terms;
        self.acme_directory = self.acme_directory.take().or(acme_directory);
        self.acme_contact = self.acme_contact.take().or(acme_contact);
        self.acme_roots = self.acme_roots.take().or(acme_roots);
        self.acme_eab_key_id = self.acme_eab_key_id.take().or(acme_eab_key_id);
        self.acme_eab_key_file = self.acme_eab_key_file.take().or(acme_eab_key_file);
    }

    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if !self.is_given() {
            return self.check_alone();
        }
        if !cfg!(feature = "acme") {
            return Err(Failure::setup(
                "acme-names is given, but this server was built without ACME: build it with --features acme, or leave it out",
            ));
        }
        if self.acme_names.len() > NAMES {
            return Err(Failure::setup(format!("acme-names: a certificate has {NAMES} names at most")));
        }
        if let Some(wrong) = self.acme_names.iter().find(|name| !is_provable(name)) {
            return Err(Failure::setup(format!(
                "acme-names must be host names in small letters, and not {wrong:?}: an address or a name with * cannot be proven at the port of TLS"
            )));
        }
        if !self.acme_agree_to_terms {
            return Err(Failure::setup(format!(
                "acme-agree-to-terms is missing: read the terms of the authority at {}, and give it if you agree",
                self.directory()
            )));
        }
        if !self.directory().starts_with("https://") || self.directory().parse::<Uri>().is_err() {
            return Err(Failure::setup("acme-directory must be a URL that begins with https://"));
        }
        if self.acme_contact.as_ref().is_some_and(|contact| !is_address(contact)) {
            return Err(Failure::setup("acme-contact must be an e-mail address, such as admin@example.com"));
        }
        if self.acme_eab_key_id.is_some() != self.acme_eab_key_file.is_some() {
            return Err(Failure::setup(
                "acme-eab-key-id and acme-eab-key-file go together; give both or none",
            ));
        }
        Ok(())
    }

    /// Refuses settings that have no effect: they are misunderstandings.
    fn check_alone(&self) -> Result<(), Failure> {
        let depends = [
            ("acme-agree-to-terms", self.acme_agree_to_terms),
            ("acme-directory", self.acme_directory.is_some()),
            ("acme-contact", self.acme_contact.is_some()),
            ("acme-roots", self.acme_roots.is_some()),
            ("acme-eab-key-id", self.acme_eab_key_id.is_some()),
            ("acme-eab-key-file", self.acme_eab_key_file.is_some()),
        ];
        match depends.into_iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(Failure::setup(format!(
                "{name} is given without acme-names; name the hosts, or leave it out"
            ))),
            None => Ok(()),
        }
    }

    /// Whether certificates come from an authority.
    pub(crate) fn is_given(&self) -> bool {
        !self.acme_names.is_empty()
    }

    /// The names, each once and in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.acme_names.clone();
        names.sort();
        names.dedup();
        names
    }

    /// Where the authority is.
    pub(crate) fn directory(&self) -> &str {
        self.acme_directory.as_deref().unwrap_or(DIRECTORY)
    }

    /// What the certificate is kept under: the same for servers that want the same one.
    pub(crate) fn id(&self) -> String {
        let names = self.names().join(" ");
        digest::hex(&digest::sha256(&[self.directory().as_bytes(), b" ", names.as_bytes()]))
    }
}

fn is_provable(name: &str) -> bool {
    is_host_name(name) && name.len() <= 253 && name.parse::<IpAddr>().is_err()
}

fn is_address(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && c != ',' && c != '?';
    text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(names: &[&str]) -> AcmeOptions {
        let acme_names = names.iter().map(ToString::to_string).collect();
        AcmeOptions { acme_names, acme_agree_to_terms: true, ..AcmeOptions::default() }
    }

    #[test]
    fn the_same_names_in_another_order_are_one_certificate() {
        let one = options(&["b.example.com", "a.example.com", "b.example.com"]);
        assert_eq!(one.names(), ["a.example.com", "b.example.com"]);
        assert_eq!(one.id(), options(&["a.example.com", "b.example.com"]).id());
        assert_ne!(one.id(), options(&["a.example.com"]).id());
        let elsewhere = AcmeOptions { acme_directory: Some("https://a/".to_owned()), ..options(&["a"]) };
        assert_ne!(elsewhere.id(), options(&["a"]).id());
    }

    #[cfg(feature = "acme")]
    #[test]
    fn mistakes_name_their_setting() {
        let refusal = |options: AcmeOptions| options.check().unwrap_err().to_string();
        assert!(options(&["id.example.com"]).check().is_ok());
        for name in ["*.example.com", "192.0.2.1", "ID.example.com", "a..b", ""] {
            assert!(refusal(options(&[name])).starts_with("acme-names must be"), "{name}");
        }
        let silent = AcmeOptions { acme_agree_to_terms: false, ..options(&["a.example.com"]) };
        assert!(refusal(silent).contains("acme-agree-to-terms is missing"));
        for url in ["http://ca.example.com/directory", "https://", "https://ca.example.com/a b"] {
            let acme_directory = Some(url.to_owned());
            let elsewhere = AcmeOptions { acme_directory, ..options(&["a.example.com"]) };
            assert!(refusal(elsewhere).starts_with("acme-directory must be a URL"), "{url}");
        }
        let contact = Some("mailto:x".to_owned());
        let contact = AcmeOptions { acme_contact: contact, ..options(&["a.example.com"]) };
        assert!(refusal(contact).contains("acme-contact must be"));
        let half = AcmeOptions { acme_eab_key_id: Some("a".to_owned()), ..options(&["a.example.com"]) };
        assert!(refusal(half).contains("go together"));
        let many: Vec<_> = (0..=NAMES).map(|number| format!("a{number}.example.com")).collect();
        assert!(refusal(AcmeOptions { acme_names: many, ..options(&[]) }).contains("at most"));
        assert!(refusal(options(&[])).contains("acme-agree-to-terms is given without acme-names"));
    }

    #[cfg(not(feature = "acme"))]
    #[test]
    fn a_server_without_acme_refuses_it() {
        let refusal = options(&["id.example.com"]).check().unwrap_err().to_string();
        assert!(refusal.contains("--features acme"), "{refusal}");
    }
}
