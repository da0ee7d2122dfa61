//! All tokens here are made up, and put together when the test runs, so that no scanner takes them for
//! real ones.

use super::formats::{Alphabet, FORMATS};
use super::*;

/// A body of a form, random to look at, the same in every run.
fn body(alphabet: Alphabet, length: usize, seed: u64) -> String {
    let letters: Vec<char> = (33_u8..127)
        .filter(|byte| alphabet.allows(*byte) && byte.is_ascii_alphanumeric())
        .map(char::from)
        .collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            letters[usize::try_from(state % letters.len() as u64).unwrap()]
        })
        .collect()
}

fn token(position: usize, length: usize) -> String {
    let format = &FORMATS[position];
    let body = body(format.alphabet, length, position as u64 + 7);
    match format.beginning {
        "8Q~" => format!("aB3{}{body}", format.beginning),
        ".atlasv1." => format!("q7Xk2mPz9RtLw{}{body}", format.beginning),
        beginning => format!("{beginning}{body}"),
    }
}

#[test]
fn every_form_is_found_in_every_surrounding() {
    assert!(FORMATS.len() >= 100, "{}", FORMATS.len());
    for (position, format) in FORMATS.iter().enumerate() {
        for length in [format.length.0, format.length.1] {
            let token = token(position, length);
            for text in [
                token.clone(),
                format!("export TOKEN={token}\n"),
                format!("\"{token}\","),
                format!("See {token}."),
            ] {
                let found = find(&text);
                assert_eq!(found.len(), 1, "{}: {text} gives {found:?}", format.name);
                assert!(found[0].shown.len() <= 4);
                if length == format.length.0 {
                    assert!(text[std::ops::Range::<usize>::from(found[0].range)].len() >= length);
                }
            }
        }
    }
}

#[test]
fn look_alikes_are_left_alone() {
    for (position, format) in FORMATS.iter().enumerate() {
        let (least, _) = format.length;
        let short = format!("{} ", &token(position, least)[..format.beginning.len()]);
        let same = format!("{}{}", format.beginning, "x".repeat(least));
        let example = format!("{}{}", format.beginning, "EXAMPLE".repeat(least / 7 + 1));
        for text in [
            short,
            same,
            example,
            format!("{}<your-token>", format.beginning),
            format!("{}{{{{ inputs.x }}}}", format.beginning),
        ] {
            let found: Vec<_> = find(&text)
                .into_iter()
                .filter(|one| one.what == format.name)
                .collect();
            assert_eq!(found, [], "{text}");
        }
    }
    for text in [
        "task-runner sk-learn risk-assessment-of-the-whole-department-in-2024",
        "ghp_ is how GitHub's tokens begin; npm_config_cache=/tmp/npm_cache",
        "SKU-12345 DISKSPACE key-value key-pair key-0123",
        "https://api.example.com:8080/v1/items?page=2",
        "postgresql://{{ secret('USER') }}:{{ secret('PASSWORD') }}@db:5432/app",
        "postgresql://user:password@db/app",
        "https://$USER:$TOKEN@github.com/company/team.git",
        "git@github.com:company/team.git",
        "mailto:someone@example.com",
        "The Basic authentication of this API, or a Bearer token",
        "-H 'Authorization: Bearer {{ secret('TOKEN') }}'",
        "-H \"Authorization: Bearer $ACCESS_TOKEN_OF_THE_API\"",
        "jdbc:postgresql://db:5432/app?user=app&password={{ secret('X') }}",
        "conn = connect(host=h, user=u, password=os.environ['PASSWORD'])",
        "jdbc:sqlserver://db;user=app;password=${PASSWORD}",
        "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALx7Zk2Q9v3RtYwPq8sLm4Nc5Vb6Jd1\n-----END PUBLIC KEY-----",
        "grep -q 'BEGIN PRIVATE KEY' file; echo '-----BEGIN PRIVATE KEY-----'",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "eyJhbGciOiJIUzI1NiJ9",
        "12:AAB",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}

#[test]
fn other_credentials_are_found() {
    let random = |length, seed| body(Alphabet::Alphanumeric, length, seed);
    let jwt = format!(
        "{}{}.{}{}.{}",
        "ey",
        "JhbGciOiJIUzI1NiJ9xx",
        "ey",
        "JzdWIiOiJhZGEifQabcdef",
        random(43, 1)
    );
    let key = format!(
        "-----BEGIN {}PRIVATE KEY-----\n{}\n-----END",
        "RSA ",
        random(64, 2)
    );
    let cases = [
        (format!("token is {jwt} here"), "a JSON Web Token"),
        (key.clone(), "a private key"),
        (key.replace('\n', "\\n"), "a private key"),
        (
            format!("{}:AA{}", "123456789", random(33, 3)),
            "a Telegram bot token",
        ),
        (
            "postgresql://app:hunter2@db:5432/app".into(),
            "a password in a URL",
        ),
        (
            "git clone https://ada:Zq3vT9xLm@github.com/x/y".into(),
            "a password in a URL",
        ),
        (
            "mongodb+srv://app:p%40ss1@cluster0.mongodb.net".into(),
            "a password in a URL",
        ),
        (
            format!("-H 'Authorization: Bearer {}'", random(32, 4)),
            "a bearer token",
        ),
        (
            "-H 'Authorization: Basic YWRhOmxvdmVsYWNlLTE4MTU='".into(),
            "a user name and password in an Authorization header",
        ),
        (
            "jdbc:sqlserver://db:1433;user=sa;password=Hunter2;encrypt=true".into(),
            "a password in a connection string",
        ),
        (
            "jdbc:mysql://db/app?user=app&password=hunter2".into(),
            "a password in a connection string",
        ),
        (
            "Server=db;User Id=sa;Password=Hunter2;".into(),
            "a password in a connection string",
        ),
        (
            "host=db;Uid=sa;Pwd=Hunter2;".into(),
            "a password in a connection string",
        ),
    ];
    for (text, what) in cases {
        let found: Vec<_> = find(&text).into_iter().map(|one| one.what).collect();
        assert_eq!(found, [what], "{text}");
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    for part in [
        "password=",
        "TOKEN=",
        "TOKEN='",
        "a://",
        "eyJ",
        "Bearer ",
        "-----BEGIN ",
        "--token ",
        "é8Q~",
        "1:AA",
    ] {
        let started = std::time::Instant::now();
        find(&part.repeat(60_000 / part.len()));
        assert!(started.elapsed().as_secs() < 20, "{part}");
    }
}

#[test]
fn a_secret_is_never_shown_whole() {
    for (position, format) in FORMATS.iter().enumerate() {
        for found in find(&token(position, format.length.0)) {
            assert!(found.shown.len() <= 4 && format.beginning.starts_with(&found.shown));
        }
    }
}

#[test]
fn assignments_in_scripts_are_found() {
    for text in [
        "password = \"hunter2!\"",
        "conn = connect(user='app', password='hunter2!')",
        "export DB_PASSWORD=hunter2!",
        "curl -d '{\"password\": \"hunter2!\"}' https://example.com",
        "mysql --password=hunter2! app",
        "tool --password hunter2! app",
        "API_KEY=Zq3vT9xLmB2wRk7d python main.py",
        "api_key = 'Zq3vT9xLmB2wRk7d'",
    ] {
        let found = find(text);
        assert_eq!(found.len(), 1, "{text} gives {found:?}");
        assert!(found[0].assignment.is_some(), "{text}");
    }
    for text in [
        "password = os.environ['PASSWORD']",
        "export DB_PASSWORD=$(cat /run/secrets/db)",
        "export DB_PASSWORD=\"$1\"",
        "if password == 'hunter2!':",
        "echo \"$TOKEN\" | docker login --password-stdin",
        "token = get_token(\"github\")",
        "print(f'token: {token}')",
        "password = '{{ secret(\"X\") }}'",
        "SECRET_NAME=my-database-secret",
        "TOKEN=$GITHUB_TOKEN",
        "api_key = 'your-api-key'",
        "--token github-token",
        "the password: it is kept elsewhere",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}
