//! Signatures against the published vectors, the schedule, and which addresses are internal.

use engine::webhook::address::{is_public, parse, resolve};
use engine::webhook::schedule::{ATTEMPTS, DELAYS, delay};
use engine::webhook::sign::{body, new_secret, signatures};
use serde_json::json;

/// Of the specification, and of our own with an independent implementation: secret, id, timestamp, body, signature.
const VECTORS: [(&str, &str, i64, &str, &str); 4] = [
    (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        "{\"test\": 2432232314}",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "whsec_ZmFpcmxlYWQtZml4dHVyZS1zZWNyZXQtbnVtYmVyLTI=",
        "msg_0",
        1_760_000_000,
        "{\"type\":\"lead.created\",\"data\":{\"id\":\"L1\",\"name\":\"Zoë ✅\"}}",
        "v1,/U/6rhjGWg2Gp8m70pgQ7cwGC5JUe+K3fhQGRa6zgUI=",
    ),
    (
        "whsec_ZmFpcmxlYWQtZml4dHVyZS1zZWNyZXQtbnVtYmVyLTI=",
        "msg_1",
        1_760_000_001,
        "",
        "v1,uRK++Nh9WgaUcfyN+tZ9kmzzRQNVucMgs+iD+anbQyc=",
    ),
    (
        "whsec_ZmFpcmxlYWQtZml4dHVyZS1zZWNyZXQtbnVtYmVyLTI=",
        "msg_2",
        1_760_000_002,
        "{ \"a\" : 1 }\n",
        "v1,N94qDZFH2uG8xBdGz+sYEegL2ZryPhXPUXHtuoc/3kA=",
    ),
];

#[test]
fn signatures_are_those_of_the_published_vectors() {
    for (secret, id, timestamp, body, signature) in VECTORS {
        assert_eq!(signatures(&[secret], id, timestamp, body).as_deref(), Ok(signature), "{id}");
    }
    let (secret, id, timestamp, body, signature) = VECTORS[0];
    let both = signatures(&[secret, VECTORS[1].0], id, timestamp, body).expect("two signatures");
    assert_eq!(both.split(' ').count(), 2);
    assert_eq!(both.split(' ').next(), Some(signature));
    assert!(signatures(&["whsec_#"], id, timestamp, body).is_err());
}

#[test]
fn a_new_secret_signs_and_is_never_the_same() {
    let (one, other) = (new_secret(), new_secret());
    assert_ne!(one, other);
    assert_eq!(one.len(), "whsec_".len() + 32, "24 bytes as base64");
    assert!(signatures(&[&one], "evt_1", 1, "{}").is_ok());
}

#[test]
fn a_body_says_type_time_and_data() {
    let body = body("lead_created", 1_600_000_000_000_000, &json!({"title": "solar"}));
    assert_eq!(
        body,
        r#"{"type":"lead_created","timestamp":"2020-09-13T12:26:40Z","data":{"title":"solar"}}"#
    );
}

#[test]
fn attempts_go_on_for_three_days_and_no_longer() {
    let second = 1_000_000;
    assert_eq!(delay(1, 0.0, 1.0), Some(5 * second));
    assert_eq!(delay(1, 1.0, 1.0), Some(5_500_000), "up to a tenth later");
    assert_eq!(delay(2, 0.0, 0.5), Some(150 * second));
    assert_eq!(delay(ATTEMPTS - 1, 0.0, 1.0), Some(24 * 3600 * second));
    assert_eq!(delay(ATTEMPTS, 0.0, 1.0), None);
    assert!(DELAYS.iter().sum::<i64>() > 3 * 24 * 3600);
    assert!(DELAYS.is_sorted());
}

#[test]
fn addresses_inside_a_network_are_refused_in_every_spelling() {
    for url in [
        "https://localhost/hook",
        "https://LocalHost./hook",
        "https://api.localhost/",
        "https://printer.local/",
        "https://vault.internal/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://0/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.0.1:8443/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://192.0.2.1/",
        "https://198.18.0.1/",
        "https://198.51.100.7/",
        "https://203.0.113.9/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:c0a8:1::1]/",
        "https://[2001:0:102:304::1]/",
        "https://[2001:db8::1]/",
        "https://[3fff::1]/",
        "https://[fc00::1]/",
        "https://[fd12:3456::1]/",
        "https://[fe80::1]/",
        "https://[ff02::1]/",
        "https://①②⑦.⓪.⓪.①/",
    ] {
        assert!(parse(url, false).is_err(), "{url}");
    }
}

#[test]
fn what_is_no_plain_https_address_is_refused() {
    for url in [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com:22/",
        "https://example.com:0/",
        "example.com",
        "/hook",
        "https://",
        "",
    ] {
        assert!(parse(url, false).is_err(), "{url}");
    }
    let long = format!("https://example.com/{}", "a".repeat(2_000));
    assert!(parse(&long, false).is_err());
}

#[test]
fn public_addresses_are_taken_as_they_are() {
    for (url, stored) in [
        ("https://example.com/hook?a=1#x", "https://example.com/hook?a=1"),
        (" https://EXAMPLE.com:8443 ", "https://example.com:8443/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ] {
        assert_eq!(parse(url, false).map(String::from).as_deref(), Ok(stored), "{url}");
    }
    assert!(is_public("2002:808:808::1".parse().expect("an address")), "6to4 of a public address");
    assert!(is_public("64:ff9b::808:808".parse().expect("an address")), "NAT64 of a public address");
}

#[test]
fn allowed_internal_addresses_may_be_plain_http() {
    assert!(parse("http://127.0.0.1:9/", true).is_ok());
    assert!(parse("http://hook.internal/", true).is_ok());
    assert!(parse("ftp://127.0.0.1/", true).is_err());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
    assert!(resolve("localhost", 443, false).await.is_err());
    assert!(resolve("localhost", 443, true).await.is_ok());
}
