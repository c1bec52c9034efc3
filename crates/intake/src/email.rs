//! E-mail addresses: the syntax of RFC 5321 as mail servers really use it.
//!
//! Stricter than the RFC on purpose: no quoted local parts, no address literals, no domain without a dot, and
//! never a character that could end a header line, neither raw nor percent-encoded.

use model::Email;

/// Why a text is not an e-mail address. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EmailError {
    /// Nothing but blanks.
    #[error("empty")]
    Empty,
    /// No `@`, or more than one.
    #[error("needs exactly one @")]
    At,
    /// Over 254 characters, or over 64 before the `@`.
    #[error("too long")]
    TooLong,
    /// A blank, a control character or another one no address has.
    #[error("holds a character an e-mail address cannot have")]
    Character,
    /// A dot at the start, at the end, or two in a row before the `@`; or nothing there.
    #[error("not a valid name before the @")]
    Local,
    /// A domain without a dot, an empty or hyphen-edged label, or one over 63 characters.
    #[error("not a valid domain after the @")]
    Domain,
}

/// Parses an address; blanks around it are dropped and the domain is put in lower case.
///
/// # Errors
/// [`EmailError`], a short reason that does not repeat the address.
pub fn parse(text: &str) -> Result<Email, EmailError> {
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    if text.is_empty() {
        return Err(EmailError::Empty);
    }
    if text.len() > 254 {
        return Err(EmailError::TooLong);
    }
    let (local, domain) = text.split_once('@').ok_or(EmailError::At)?;
    if domain.contains('@') {
        return Err(EmailError::At);
    }
    check_local(local)?;
    check_domain(domain)?;
    if domain.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        return Ok(Email::from_valid(format!("{local}@{}", domain.to_lowercase())));
    }
    Ok(Email::from_valid(text.to_owned()))
}

fn check_local(local: &str) -> Result<(), EmailError> {
    if local.len() > 64 {
        return Err(EmailError::TooLong);
    }
    let bytes = local.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'+' | b'\'' => {}
            b'!' | b'#' | b'$' | b'&' | b'*' | b'/' | b'=' | b'?' | b'^' | b'`' | b'{' | b'|' | b'}'
            | b'~' => {}
            // `%` is legal, but `%0A` and the like become line breaks in careless hands further on.
            b'%' if !is_hex_pair(&bytes[index + 1..]) => {}
            _ if byte >= 0x80 => {}
            _ => return Err(EmailError::Character),
        }
    }
    if local.chars().any(|c| !c.is_ascii() && !c.is_alphanumeric()) {
        return Err(EmailError::Character);
    }
    if local.is_empty() || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(EmailError::Local);
    }
    Ok(())
}

fn is_hex_pair(rest: &[u8]) -> bool {
    matches!(rest, [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit())
}

fn check_domain(domain: &str) -> Result<(), EmailError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric());
    let mut labels = 0;
    for label in domain.split('.') {
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.chars().all(allowed)
        {
            return Err(EmailError::Character);
        }
        if label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
            return Err(EmailError::Domain);
        }
        labels += 1;
    }
    if labels < 2 { Err(EmailError::Domain) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_domain_is_lower_cased_and_the_name_kept() {
        assert_eq!(parse(" Joe@Mail.Example ").unwrap().as_str(), "Joe@mail.example");
    }

    #[test]
    fn a_header_can_never_be_smuggled_in() {
        for text in
            ["a@mail.example\r\nBcc: b@mail.example", "a%0ABcc:b@mail.example", "a@mail.example%0ABcc"]
        {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_has_one_at_and_no_control_or_blank(text in r"\PC{0,12}@?[a-zA-Z0-9.%\r\n -]{0,20}") {
            if let Ok(email) = parse(&text) {
                prop_assert!(!email.as_str().chars().any(|c| c.is_control() || c.is_whitespace()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert_eq!(parse(email.as_str()), Ok(email));
            }
        }
    }
}
