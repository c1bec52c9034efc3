//! Where webhooks may go: addresses of the public internet, by https. Whoever may add an endpoint must not reach
//! through it what only this machine can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why an address is refused, in words for whoever wrote it. It never tells what a name led to.
pub type Why = &'static str;

const INTERNAL: Why = "leads to an address inside a network; webhooks go to the public internet only";

/// An address in the spelling everything else works with, or why it is refused. Names are not looked up here.
pub fn parse(url: &str, allow_internal: bool) -> Result<reqwest::Url, Why> {
    if url.len() > 2_000 {
        return Err("is longer than 2,000 characters");
    }
    // This reads hosts as browsers do: 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1 afterwards.
    let mut url =
        reqwest::Url::parse(url.trim()).map_err(|_| "is not a URL such as https://example.com/hook")?;
    match url.scheme() {
        "https" => {}
        "http" if allow_internal => {}
        _ => return Err("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password");
    }
    url.set_fragment(None);
    let port = url.port_or_known_default().unwrap_or(0);
    if !allow_internal && port != 443 && port < 1024 {
        return Err("has a port that is not for the web: take 443, or one from 1024 on");
    }
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() {
        return Err("has no host");
    }
    if !allow_internal {
        match literal(host) {
            Some(ip) if !is_public(ip) => return Err(INTERNAL),
            Some(_) => {}
            None if !is_public_name(host) => return Err(INTERNAL),
            None => {}
        }
    }
    Ok(url)
}

/// The address a host is, if it is no name.
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// Names that never lead out of a network.
fn is_public_name(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let inside = ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain"];
    let ends_inside =
        inside.iter().any(|end| name == *end || name.strip_suffix(end).is_some_and(|n| n.ends_with('.')));
    name.contains('.') && !ends_inside
}

/// Looks a name up. One address inside a network refuses all: which of them is taken is not ours to say.
pub async fn resolve(host: &str, port: u16, allow_internal: bool) -> Result<Vec<SocketAddr>, Why> {
    let host = host.trim_end_matches('.');
    let found =
        tokio::time::timeout(std::time::Duration::from_secs(5), tokio::net::lookup_host((host, port)));
    let found: Vec<SocketAddr> = match found.await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => return Err("names a host that cannot be found"),
    };
    if found.is_empty() {
        return Err("names a host that cannot be found");
    }
    if !allow_internal && !found.iter().all(|address| is_public(address.ip())) {
        return Err(INTERNAL);
    }
    Ok(found)
}

/// An address that the public internet reaches (the registries of RFC 6890 and its successors).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        // this network, private, shared (CGNAT), loopback, link-local, private
        (0 | 10 | 127, _, _) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _)
        // protocols, documentation, old 6to4 relays, benchmarks, documentation, multicast and reserved
        | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) | (224..=255, _, _)
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (s0, s1) {
        // IPv4-mapped; NAT64: as good as the address inside.
        (0, 0) if (s2, s3, s4, s5) == (0, 0, 0, 0xffff) => v4(s6, s7),
        (0x0064, 0xff9b) if (s2, s3, s4, s5) == (0, 0, 0, 0) => v4(s6, s7),
        // 6to4
        (0x2002, _) => v4(s1, s2),
        // protocols (Teredo, ORCHID, benchmarks), documentation
        (0x2001, 0x0000..=0x01ff | 0x0db8) => false,
        (0x3fff, 0x0000..=0x0fff) => false,
        // Everything else that is global lies in 2000::/3: no loopback, ULA, link-local, multicast, IPv4-compatible.
        _ => s0 & 0xe000 == 0x2000,
    }
}
