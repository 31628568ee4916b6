//! A configuration file that says nothing, and explains every setting: made from the options of the command line, so that
//! there is one list of both.

use std::any::TypeId;
use std::num::NonZeroU32;

use clap::{Arg, ArgAction, Args as _, Command};

use super::Options;

const WIDTH: usize = 120;

const HEAD: &str = "\
# Every setting of Poolhouse, with what it is where nothing is said; <…> stands where there is no such value.
# Take away the # in front of those that are to be others. What the command line or the environment says goes before this file.
# A secret may be env:NAME or file:PATH instead, and is read from there.
";

/// The settings that are tables, and so no options.
const TABLES: &str = include_str!("tables.toml");

/// The file.
pub(crate) fn example() -> String {
    let command = Options::augment_args(Command::new("serve"));
    let settings = command.get_arguments().filter_map(Setting::of);
    let settings: String = settings.map(|setting| setting.entry()).collect();
    let tables = TABLES.lines().map(commented);
    format!("{HEAD}{settings}{}", tables.collect::<String>())
}

/// A line of the file behind a `#`, unless it is a comment or empty.
fn commented(line: &str) -> String {
    let mark = if line.is_empty() || line.starts_with('#') { "" } else { "#" };
    format!("{mark}{line}\n")
}

/// An option that is a key of the file, too.
struct Setting<'a> {
    name: &'a str,
    arg: &'a Arg,
    help: String,
}

impl<'a> Setting<'a> {
    fn of(arg: &'a Arg) -> Option<Self> {
        let name = arg.get_long().filter(|name| *name != "config")?;
        let help = arg.get_long_help().or_else(|| arg.get_help())?.to_string();
        Some(Self { name, arg, help })
    }

    fn entry(&self) -> String {
        let mut lines = wrapped(&self.help);
        // Those of a switch, which are spellings of the environment, have no meanings.
        for value in self.arg.get_possible_values() {
            if let Some(meaning) = value.get_help() {
                lines.extend(wrapped(&format!("- {}: {meaning}", value.get_name())));
            }
        }
        if let Some(range) = self.range() {
            lines.push(range.to_owned());
        }
        let variable = self.arg.get_env().map(|name| name.to_string_lossy().into_owned());
        lines.extend(variable);
        let comments: String = lines.into_iter().map(|line| format!("# {line}\n")).collect();
        format!("\n{comments}#{} = {}\n", self.name, self.value())
    }

    /// What may be given, where that is a number.
    fn range(&self) -> Option<&'static str> {
        if self.takes::<NonZeroU32>() {
            Some("1 to 4294967295")
        } else if self.takes::<u32>() {
            Some("0 to 4294967295")
        } else if self.takes::<u16>() {
            Some("0 to 65535")
        } else {
            None
        }
    }

    /// The value where nothing is said, as the file would have it.
    fn value(&self) -> String {
        if matches!(self.arg.get_action(), ArgAction::SetTrue) {
            return "false".to_owned();
        }
        if matches!(self.arg.get_action(), ArgAction::Append) {
            return "[]".to_owned();
        }
        let usual = self.usual();
        if self.range().is_some() {
            let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().map(ToOwned::to_owned);
            return usual.and_then(digits).unwrap_or_default();
        }
        match usual.filter(|usual| *usual != "none" && !usual.contains(' ')) {
            Some(usual) => format!("{usual:?}"),
            None => format!("\"<{}>\"", self.placeholder()),
        }
    }

    /// What the help says of it.
    fn usual(&self) -> Option<&str> {
        let (_, behind) = self.help.split_once("[default: ")?;
        behind.split_once(']').map(|(usual, _)| usual)
    }

    fn placeholder(&self) -> String {
        let values: Vec<_> =
            self.arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if values.is_empty() {
            let names = self.arg.get_value_names().unwrap_or_default();
            names.first().map(ToString::to_string).unwrap_or_default()
        } else {
            values.join(" or ")
        }
    }

    fn takes<T: 'static>(&self) -> bool {
        self.arg.get_value_parser().type_id() == TypeId::of::<T>()
    }
}

/// A text in lines that are no longer than the file is wide.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if "# ".len() + line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of the file that say something, if the `#` in front is taken away.
    fn settings() -> Vec<String> {
        let file = example();
        let said =
            file.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| !line.starts_with(' '));
        said.map(ToOwned::to_owned).collect()
    }

    /// What of the options can be told apart.
    fn effect(options: &Options) -> Vec<String> {
        let database = options.store.database();
        vec![
            format!("{:?}", options.listen()),
            format!(
                "{:?}",
                (options.store.data_dir(), database.connections, database.wait, database.statement)
            ),
            format!("{:?}", (options.installation.region(), options.installation.account_id())),
            format!(
                "{:?}",
                (options.installation.secret_rotation_days(), options.installation.signing_key_days())
            ),
            format!("{:?}", (options.audit.longest(), options.audit.settings())),
            format!("{:?}", options.protection.limits(false)),
            format!("{:?}", options.protection.connections(false)),
            format!("{:?}", (options.protection.auth_event_days(), options.protection.trusted_proxies.len())),
            format!("{:?}", options.issuer.map_or(poolhouse_core::IssuerMode::Own, Into::into)),
            format!("{:?}", options.tiers.map_or_else(poolhouse_core::Tiers::default, Into::into)),
            options.identity_issuer.clone().unwrap_or_else(|| poolhouse_kernel::IDENTITY_ISSUER.to_owned()),
            format!("{:?}", options.delivery.smtp_tls.unwrap_or(crate::config::SmtpTls::Starttls).port()),
            format!("{:?}", options.traces.traces_one_in.map_or(1, NonZeroU32::get)),
            format!("{:?}", (options.dev, options.dev_on_any_address)),
        ]
    }

    #[test]
    fn it_says_nothing() {
        let said: toml::Table = toml::from_str(&example()).unwrap();
        assert!(said.is_empty(), "{said:?}");
    }

    #[test]
    fn what_it_names_is_so_without_it() {
        let defaults: Vec<_> = settings().into_iter().take_while(|line| !line.starts_with('[')).collect();
        let defaults: Vec<_> =
            defaults.iter().filter(|line| !line.contains("\"<")).map(String::as_str).collect();
        let options: Options = toml::from_str(&defaults.join("\n")).unwrap();
        assert!(defaults.len() > 30, "{defaults:?}");
        assert_eq!(effect(&options), effect(&Options::default()));
        let Options { log, protection, delivery, .. } = options;
        assert_eq!(log.as_deref(), Some(crate::logging::USUAL));
        assert_eq!(delivery.smtp_port, Some(587));
        assert!(matches!(protection.proxy_header, Some(crate::source::ProxyHeader::XForwardedFor)));
    }

    #[test]
    fn choices_are_explained() {
        let file = example();
        assert!(
            file.contains("\n# - strict: What a pool's tier lacks is refused, in AWS's words\n"),
            "{file}"
        );
        assert!(!file.contains("# - y"), "{file}");
    }

    #[test]
    fn every_option_is_a_key() {
        for line in settings().iter().take_while(|line| !line.starts_with('[')) {
            let read = toml::from_str::<Options>(line);
            let unknown = read.err().filter(|error| error.message().contains("unknown field"));
            assert!(unknown.is_none(), "{line}: {unknown:?}");
        }
    }

    #[test]
    fn its_tables_are_whole() {
        let options: Options = toml::from_str(TABLES).unwrap();
        assert_eq!((options.triggers.len(), options.logs.len(), options.provider_addresses.len()), (2, 4, 1));
        for table in ["triggers", "logs"] {
            let told = toml::from_str::<Options>(&format!("[[{table}]]\nnonsense = 1")).unwrap_err();
            let (_, known) = told.message().split_once("expected one of ").unwrap();
            for key in known.split(", ").map(|key| key.trim_matches('`')) {
                assert!(TABLES.contains(&format!("\n{key} = ")), "{table}: {key}");
            }
        }
    }
}
