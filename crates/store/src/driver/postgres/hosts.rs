//! The hosts of a URL, each as a configuration of its own, so that one that takes connections and says nothing is given up as
//! soon as one that does not answer at all: the driver's limit for a host ends with the first packet.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// A configuration for each host, in the order of the URL.
pub(super) fn each(config: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len());
    let fits = |length: usize| length == 0 || length == count;
    if count == 0 || !fits(hosts.len()) || !fits(addresses.len()) || !(fits(ports.len()) || ports.len() == 1)
    {
        // The driver says what is wrong with it.
        return vec![config.clone()];
    }
    let of = |at: usize| {
        let mut one = without_hosts(config);
        match hosts.get(at) {
            Some(Host::Tcp(name)) => one.host(name),
            Some(Host::Unix(path)) => one.host_path(path),
            None => &mut one,
        };
        if let Some(address) = addresses.get(at) {
            one.hostaddr(*address);
        }
        if let Some(port) = ports.get(at).or(ports.first()) {
            one.port(*port);
        }
        one
    };
    (0..count).map(of).collect()
}

/// All that is said of every host: the driver's hosts can be added to, and not be taken away.
fn without_hosts(config: &Config) -> Config {
    let mut one = Config::new();
    one.ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding())
        .load_balance_hosts(config.get_load_balance_hosts());
    if let Some(user) = config.get_user() {
        one.user(user);
    }
    if let Some(password) = config.get_password() {
        one.password(password);
    }
    if let Some(name) = config.get_dbname() {
        one.dbname(name);
    }
    if let Some(options) = config.get_options() {
        one.options(options);
    }
    if let Some(name) = config.get_application_name() {
        one.application_name(name);
    }
    if let Some(timeout) = config.get_connect_timeout() {
        one.connect_timeout(*timeout);
    }
    if let Some(timeout) = config.get_tcp_user_timeout() {
        one.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = config.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Config {
        url.parse().unwrap()
    }

    #[test]
    fn each_host_has_all_settings() {
        let settings = "user=me&password=secret&dbname=db&options=-c%20geqo%3Doff&application_name=a&sslmode=require\
            &sslnegotiation=direct&connect_timeout=7&tcp_user_timeout=3&keepalives=0&keepalives_idle=11\
            &keepalives_interval=5&keepalives_retries=2&target_session_attrs=read-only&channel_binding=require\
            &load_balance_hosts=random";
        let one = |host: &str| read(&format!("postgres://{host}/?{settings}"));
        assert_eq!(each(&one("a:1")), [one("a:1")], "a setting of the driver that is not copied");
        assert_eq!(each(&one("a:1,b,%2Frun:3")), [one("a:1"), one("b"), one("%2Frun:3")]);
    }

    #[test]
    fn addresses_and_ports_go_with_their_hosts() {
        let found = each(&read("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1"));
        assert_eq!(found, [read("host=a hostaddr=10.0.0.1 port=1"), read("host=b hostaddr=10.0.0.2 port=1")]);
        assert_eq!(each(&read("hostaddr=10.0.0.1,10.0.0.2")).len(), 2);
        let wrong = read("host=a,b port=1,2,3");
        assert_eq!(each(&wrong), std::slice::from_ref(&wrong));
    }
}
