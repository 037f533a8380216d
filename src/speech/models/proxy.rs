//! Which proxy a download goes through, from the variables that curl reads.
//!
//! ureq reads the environment by itself, but takes `ALL_PROXY` before `HTTPS_PROXY`, sends https through `HTTP_PROXY`,
//! ignores a value that it cannot read (and so goes out directly) and wants a dot before a domain in `NO_PROXY`. A firm's
//! machine is set up for curl, so we do as curl does.

use ureq::Proxy;
use ureq::http::Uri;

/// A variable with a value that is no proxy. The value is not told: it may hold a password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadProxy {
    /// The variable's name.
    pub(super) variable: &'static str,
}

/// The proxy for `url`; `None` for a direct connection. `variable` reads the environment.
///
/// `https_proxy` for https and `http_proxy` for http, else `all_proxy`; lower case before upper case; the first that is
/// set decides, and an empty value means none. Hosts of `no_proxy` (a list; `*` for all) and those below them are reached
/// directly, and so is this machine itself, whatever is set.
pub(super) fn proxy_for(
    url: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, BadProxy> {
    if is_this_machine(url) {
        return Ok(None);
    }
    let names: [&'static str; 4] = if url.starts_with("https:") {
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    let set = names.iter().find_map(|name| Some((*name, variable(name)?)));
    let Some((name, value)) = set.filter(|(_, value)| !value.trim().is_empty()) else {
        return Ok(None);
    };
    let proxy = Proxy::new(value.trim()).map_err(|_| BadProxy { variable: name })?;
    let mut builder = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port())
        .resolve_target(proxy.resolve_target());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let direct = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    for host in direct.split([',', ' ', '\t']).filter(|host| !host.is_empty()) {
        if host == "*" {
            return Ok(None);
        }
        let host = host.trim_start_matches('*').trim_start_matches('.');
        builder = builder.no_proxy(host).no_proxy(&format!(".{host}"));
    }
    builder.build().map(Some).map_err(|_| BadProxy { variable: name })
}

/// Whether the host of `url` is `localhost` or a loopback address.
fn is_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy's address for `url`, or `direct`, in an environment of `set`.
    fn way(url: &str, set: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        };
        match proxy_for(url, &variable).unwrap() {
            Some(proxy) if !proxy.is_no_proxy(&url.parse().unwrap()) => {
                format!("{}:{}", proxy.host(), proxy.port())
            }
            _ => "direct".to_owned(),
        }
    }

    #[test]
    fn without_variables_the_way_is_direct() {
        assert_eq!(way("https://hub.example/x", &[]), "direct");
    }

    #[test]
    fn the_scheme_has_its_own_variable_and_all_proxy_is_for_the_rest() {
        let set =
            [("HTTPS_PROXY", "http://a:1"), ("http_proxy", "b:2"), ("ALL_PROXY", "socks5h://c:3")];
        assert_eq!(way("https://hub.example/x", &set), "a:1");
        assert_eq!(way("http://hub.example/x", &set), "b:2");
        assert_eq!(way("https://hub.example/x", &set[2..]), "c:3");
        assert_eq!(way("https://hub.example/x", &set[1..2]), "direct");
    }

    #[test]
    fn this_machine_is_reached_directly() {
        let set = [("ALL_PROXY", "http://a:1")];
        for url in ["http://localhost:8/x", "http://127.0.0.1/x", "http://[::1]:8/x"] {
            assert_eq!(way(url, &set), "direct", "{url}");
        }
        assert_eq!(way("http://127.example/x", &set), "a:1");
    }

    #[test]
    fn an_empty_value_means_none() {
        assert_eq!(
            way("https://hub.example/x", &[("https_proxy", ""), ("ALL_PROXY", "c:3")]),
            "direct"
        );
    }

    #[test]
    fn hosts_of_no_proxy_and_those_below_them_are_reached_directly() {
        let set =
            [("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "localhost, firm.example,.other.example")];
        assert_eq!(way("https://firm.example/x", &set), "direct");
        assert_eq!(way("https://models.firm.example/x", &set), "direct");
        assert_eq!(way("https://other.example/x", &set), "direct");
        assert_eq!(way("https://myfirm.example/x", &set), "a:1");
        assert_eq!(way("https://hub.example/x", &[set[0], ("no_proxy", "*")]), "direct");
    }

    #[test]
    fn a_value_that_is_no_proxy_is_refused_and_its_password_not_told() {
        let variable =
            |name: &str| (name == "ALL_PROXY").then(|| "ftp://user:secret@host".to_owned());
        assert_eq!(
            proxy_for("https://x", &variable).unwrap_err(),
            BadProxy { variable: "ALL_PROXY" }
        );
    }

    #[test]
    fn user_and_password_survive() {
        let variable =
            |name: &str| (name == "https_proxy").then(|| "http://us%40er:p%3Aw@host:8".to_owned());
        let proxy = proxy_for("https://x", &variable).unwrap().unwrap();
        assert_eq!((proxy.username(), proxy.password()), (Some("us@er"), Some("p:w")));
    }
}
