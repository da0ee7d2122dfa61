//! Is this value a credential, or only something that stands where one would?

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a property holds, judged by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// A password: whatever is written there is meant as one.
    Password,
    /// A token or key: a name or an address may stand there as well.
    Token,
    /// The value of an Authorization header.
    Authorization,
}

const PASSWORDS: [&str; 5] = ["password", "passwd", "passphrase", "passcode", "passwort"];

const TOKENS: [&str; 24] = [
    "token",
    "secret",
    "apikey",
    "secretkey",
    "secretkeyid",
    "secretaccesskey",
    "accesskey",
    "privatekey",
    "accountkey",
    "sharedkey",
    "masterkey",
    "signingkey",
    "encryptionkey",
    "subscriptionkey",
    "applicationkey",
    "appkey",
    "authkey",
    "hmackey",
    "sessionkey",
    "licensekey",
    "sastoken",
    "pwd",
    "pat",
    "credential",
];

/// Names that end like a token's and are none.
const HARMLESS: [&str; 12] = [
    "nexttoken",
    "pagetoken",
    "nextpagetoken",
    "synctoken",
    "continuationtoken",
    "starttoken",
    "endtoken",
    "maxtoken",
    "stoptoken",
    "clienttoken",
    "requesttoken",
    "publickeytoken",
];

/// Judges the name of a property: `dbPassword`, `GITHUB_TOKEN`, `X-Api-Key`.
pub fn kind_of_property(name: &str) -> Option<PropertyKind> {
    if name.len() > 64 || !may_be_named(name) {
        return None;
    }
    let plain: String = name
        .chars()
        .filter(|letter| !matches!(letter, '_' | '-' | '.' | ' '))
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    if plain == "authorization" || plain == "proxyauthorization" {
        return Some(PropertyKind::Authorization);
    }
    if PASSWORDS.iter().any(|word| plain.ends_with(word)) || plain == "pass" || plain == "userpass"
    {
        return Some(PropertyKind::Password);
    }
    let token = TOKENS.iter().any(|word| match *word {
        // Too short to be looked for inside other words (`path`, `format` don't end so, but `spat` does).
        "pat" | "pwd" => plain == *word || name.to_ascii_lowercase().ends_with(&format!("_{word}")),
        _ => plain.ends_with(word),
    });
    (token && !HARMLESS.iter().any(|word| plain.ends_with(word))).then_some(PropertyKind::Token)
}

/// Whether a name ends like one of those that count: most names don't, and cost nothing more.
fn may_be_named(name: &str) -> bool {
    let mut letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    let mut next = || letters.next().unwrap_or_default().to_ascii_lowercase();
    let end = match *name.as_bytes() {
        // Without a mark between them, and so for nearly all: one look, and no walk.
        [.., first, second, third]
            if [first, second, third].iter().all(u8::is_ascii_alphanumeric) =>
        {
            [third, second, first].map(|letter| letter.to_ascii_lowercase())
        }
        [_, _, _, ..] => [next(), next(), next()],
        _ => return false,
    };
    match &end {
        // …key, …keyid, pwd, passwd, token, pat, credential, pass, secret
        b"yek" | b"diy" | b"dwp" | b"dws" | b"nek" | b"tap" | b"lai" | b"ssa" | b"ter" => true,
        // authorizat-ion, not descript-ion; passw-ord, passw-ort; passphr-ase; passc-ode
        b"noi" => ends_with_letters(name, b"noitaz"),
        b"dro" => ends_with_letters(name, b"drow"),
        b"tro" => ends_with_letters(name, b"trow"),
        b"esa" => ends_with_letters(name, b"esar"),
        b"edo" => ends_with_letters(name, b"edoc"),
        _ => false,
    }
}

/// Whether the letters and digits of a name, read backwards, begin so, case apart.
fn ends_with_letters(name: &str, backwards: &[u8]) -> bool {
    let letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
    letters
        .map(|letter| letter.to_ascii_lowercase())
        .take(backwards.len())
        .eq(backwards.iter().copied())
}

/// Whether the value of a property of this kind is a credential in clear.
pub fn is_credential(kind: PropertyKind, name: &str, value: &str) -> bool {
    let value = value.trim();
    if is_placeholder(value) || is_same_word(name, value) {
        return false;
    }
    match kind {
        PropertyKind::Password => {
            value.len() >= 3 && value.split_whitespace().count() <= 2 && !is_reference(value)
        }
        PropertyKind::Token => is_token(value),
        PropertyKind::Authorization => {
            let (scheme, token) = value.split_once(' ').unwrap_or(("", value));
            let token = token.trim();
            if scheme.eq_ignore_ascii_case("basic") {
                is_basic_credentials(token)
            } else {
                !is_placeholder(token) && is_token(token)
            }
        }
    }
}

/// A value that is random enough to be a token, and no name, path, address or number.
fn is_token(value: &str) -> bool {
    if value.len() < 8
        || value.contains(char::is_whitespace)
        || is_reference(value)
        || is_placeholder(value)
    {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters == 0 {
        return false;
    }
    // Words joined by `-`, `_` or `.` are names: `registry-credentials`, `my_token_1`.
    let words = value
        .split(['-', '_', '.', ':'])
        .all(|part| part.len() <= 3 || is_word(part));
    if words && !is_uuid(value) {
        return false;
    }
    (digits > 0 || has_both_cases(value) || value.len() >= 24) && looks_random(value)
}

/// Something that names where the secret is: a variable, a path, an address, an expression.
fn is_reference(value: &str) -> bool {
    let constant = value.contains('_')
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let lead = [
        "/",
        "./",
        "../",
        "~/",
        "$",
        "%",
        "@",
        "http://",
        "https://",
        "arn:",
        "vault:",
        "op://",
        "gs://",
        "s3://",
        "file:",
        "kestra:",
        "nsfile:",
        "secret:",
        "secrets/",
        "projects/",
        "env:",
        "ref+",
        "sm://",
        "kv:",
    ];
    let tail = [
        ".pem", ".key", ".json", ".txt", ".p12", ".pfx", ".jks", ".crt", ".yml", ".yaml", ".env",
    ];
    constant
        || lead.iter().any(|start| value.starts_with(start))
        || tail.iter().any(|end| value.ends_with(end))
        || value.contains("os.environ")
        || value.contains("os.getenv")
        || value.contains("process.env")
}

/// What people write until the real value comes, and expressions that bring it.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 42] = [
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "key",
        "string",
        "str",
        "text",
        "object",
        "null",
        "none",
        "nil",
        "true",
        "false",
        "yes",
        "no",
        "changeme",
        "change-me",
        "change_me",
        "changeit",
        "todo",
        "tbd",
        "fixme",
        "test",
        "foo",
        "bar",
        "foobar",
        "demo",
        "dummy",
        "fake",
        "redacted",
        "placeholder",
        "undefined",
        "empty",
        "n/a",
        "mypassword",
        "mysecret",
        "user",
    ];
    const PARTS: [&str; 24] = [
        "{{",
        "{%",
        "${",
        "$(",
        "%(",
        "<",
        ">",
        "...",
        "…",
        "***",
        "xxxx",
        "example",
        "your",
        "placeholder",
        "change_me",
        "changeme",
        "change-me",
        "redacted",
        "replace",
        "insert",
        "dummy",
        "[[",
        "12345678",
        "abcdefgh",
    ];
    let lower = value.trim().to_ascii_lowercase();
    if lower.is_empty() || WORDS.contains(&lower.as_str()) || lower.starts_with('$') {
        return true;
    }
    if PARTS.iter().any(|part| lower.contains(part)) && lower != "12345678" {
        return true;
    }
    let mut bytes = lower.bytes();
    let first = bytes.next();
    lower.len() > 1 && bytes.all(|byte| Some(byte) == first)
}

/// `password: db_password`: the value repeats the name.
fn is_same_word(name: &str, value: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|letter| letter.is_alphanumeric())
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    let (name, value) = (plain(name), plain(value));
    name == value
        || (value.len() >= 5 && name.ends_with(&value))
        || (name.len() >= 5 && value.ends_with(&name))
}

/// Whether the characters differ as those of a random text do; `looks-like-a-name`, runs of one letter and
/// rows of the keyboard don't.
pub(super) fn looks_random(text: &str) -> bool {
    let mut seen = [false; 128];
    let mut distinct = 0;
    for byte in text.bytes().filter(u8::is_ascii) {
        let slot = &mut seen[usize::from(byte)];
        distinct += usize::from(!*slot);
        *slot = true;
    }
    let wanted = (text.len() / 3).clamp(5, 10);
    distinct >= wanted && !is_placeholder(text)
}

fn has_both_cases(value: &str) -> bool {
    value.bytes().any(|byte| byte.is_ascii_lowercase())
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Letters that alternate between vowels and consonants as words do, with few digits at the end.
fn is_word(part: &str) -> bool {
    let stem = part.trim_end_matches(|last: char| last.is_ascii_digit());
    if part.len() - stem.len() > 4
        || stem.is_empty()
        || !stem.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        return false;
    }
    let inner_capitals = stem.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let capitals_as_in_names =
        inner_capitals == 0 || inner_capitals + 1 == stem.len() || inner_capitals * 4 <= stem.len();
    let vowel = |byte: &u8| {
        matches!(
            byte.to_ascii_lowercase(),
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y'
        )
    };
    let vowels = stem.bytes().filter(|byte| vowel(byte)).count();
    let longest_without = stem
        .as_bytes()
        .split(vowel)
        .map(<[u8]>::len)
        .max()
        .unwrap_or_default();
    capitals_as_in_names && stem.len() <= 16 && vowels * 5 >= stem.len() && longest_without <= 4
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12]
        && value
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Base64 of `user:password`.
pub(super) fn is_basic_credentials(token: &str) -> bool {
    if token.len() < 8 || is_placeholder(token) {
        return false;
    }
    let Some(decoded) = decode_base64(token) else {
        return false;
    };
    let Ok(text) = String::from_utf8(decoded) else {
        return false;
    };
    text.split_once(':').is_some_and(|(user, password)| {
        let printable = text.chars().all(|letter| !letter.is_control());
        printable && !user.is_empty() && password.len() >= 3 && !is_placeholder(password)
    })
}

/// Both alphabets, with padding or without.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let letters = text.replace('-', "+").replace('_', "/");
    ENGINE.decode(letters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_known() {
        for name in [
            "password",
            "dbPassword",
            "DB_PASSWORD",
            "keyStorePassword",
            "passPhrase",
            "passcode",
            "DB_PASSWD",
            "dbPasswort",
            "pass",
        ] {
            assert_eq!(
                kind_of_property(name),
                Some(PropertyKind::Password),
                "{name}"
            );
        }
        for name in [
            "token",
            "apiKey",
            "X-Api-Key",
            "GITHUB_TOKEN",
            "secretKeyId",
            "clientSecret",
            "privateKey",
            "SLACK_BOT_TOKEN",
            "GH_PAT",
            "DB_PWD",
            "gcpCredential",
        ] {
            assert_eq!(kind_of_property(name), Some(PropertyKind::Token), "{name}");
        }
        assert_eq!(
            kind_of_property("Authorization"),
            Some(PropertyKind::Authorization)
        );
        for name in [
            "path",
            "format",
            "user",
            "tokens",
            "maxTokens",
            "nextToken",
            "secretName",
            "passwordFile",
            "tokenUrl",
            "key",
            "pattern",
            "keepAlive",
            "",
        ] {
            assert_eq!(kind_of_property(name), None, "{name}");
        }
    }

    #[test]
    fn passwords_are_told_from_placeholders() {
        let found = |value| is_credential(PropertyKind::Password, "password", value);
        for value in [
            "hunter2",
            "k3str4",
            "postgres",
            "S3cure!pass",
            "12345678",
            "correct horse",
        ] {
            assert!(found(value), "{value}");
        }
        for value in [
            "",
            "{{ secret('X') }}",
            "changeme",
            "***",
            "xxxxxx",
            "<password>",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "DB_PASSWORD",
            "your-password",
            "password",
            "the password of the database user",
            "/run/secrets/db",
            "null",
            "string",
        ] {
            assert!(!found(value), "{value}");
        }
    }

    #[test]
    fn tokens_are_told_from_names() {
        let found = |value| is_credential(PropertyKind::Token, "token", value);
        for value in [
            "a8f5f167f44f4964e6c998dee827110c",
            "Zq3vT9xLmB2wRk7d",
            "3f2b9c1e-8d47-4a6b-9e0f-5c1d2a7b8e94",
            "pQx7-vLm2-Zt9K-Rw4s",
        ] {
            assert!(found(value), "{value}");
        }
        for value in [
            "GITHUB_TOKEN",
            "my-secret-name",
            "registry-credentials",
            "https://example.com/token",
            "/etc/token",
            "token",
            "github",
            "1234567",
            "regcred",
            "my_api_token",
            "service-account.json",
            "arn:aws:secretsmanager:eu-west-1:1:secret:db",
            "company.team",
        ] {
            assert!(!found(value), "{value}");
        }
    }

    #[test]
    fn basic_authorization_is_decoded() {
        // ada:lovelace-1815
        assert!(is_basic_credentials("YWRhOmxvdmVsYWNlLTE4MTU="));
        assert!(!is_basic_credentials("authentication"));
        assert!(
            !is_basic_credentials("dXNlcjpwYXNzd29yZA=="),
            "user:password is a placeholder"
        );
        let found = |value| is_credential(PropertyKind::Authorization, "Authorization", value);
        assert!(found("Basic YWRhOmxvdmVsYWNlLTE4MTU="));
        assert!(found("Bearer a8f5f167f44f4964e6c998dee827110c"));
        assert!(!found("Bearer {{ secret('TOKEN') }}"));
        assert!(!found("Bearer TOKEN"));
    }
}
