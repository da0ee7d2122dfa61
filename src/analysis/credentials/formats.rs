//! The known forms of tokens: a fixed beginning, then so many characters of some alphabet.
//!
//! Beginnings and lengths are what the issuers document, or what their tokens show.

/// The characters after the beginning of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `0-9 a-f`
    Hex,
    /// `0-9 A-Z`
    Upper,
    /// `0-9 a-z A-Z`
    Alphanumeric,
    /// Letters, digits, `-` and `_`.
    Word,
    /// Letters, digits, `-`, `_`, `.`
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, and for URLs `-`, `_`, `%`.
    Base64,
    /// Letters, digits, `/`, `-`, `_`, `.`, `@`: the path of a URL that is itself the secret.
    Path,
}

impl Alphabet {
    pub(super) fn allows(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Upper => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
            Self::Base64 => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'%')
            }
            Self::Path => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'@')
            }
        }
    }
}

/// A known form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// With its article, for messages.
    pub(super) name: &'static str,
    pub(super) beginning: &'static str,
    pub(super) alphabet: Alphabet,
    /// Characters after the beginning, at least and at most.
    pub(super) length: (usize, usize),
}

const fn format(
    name: &'static str,
    beginning: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
) -> Format {
    Format {
        name,
        beginning,
        alphabet,
        length: (least, most),
    }
}

use Alphabet::{Alphanumeric, Base64, Dotted, Hex, Path, Upper, Word};

/// All of them. Where one beginning is that of another, the longer match wins.
pub(super) const FORMATS: &[Format] = &[
    format("an AWS access key", "AKIA", Upper, 16, 16),
    format("a temporary AWS access key", "ASIA", Upper, 16, 16),
    format("an AWS Bedrock API key", "ABSK", Base64, 100, 300),
    format(
        "a GitHub personal access token",
        "ghp_",
        Alphanumeric,
        36,
        255,
    ),
    format(
        "a GitHub personal access token",
        "github_pat_",
        Word,
        36,
        255,
    ),
    format("a GitHub OAuth token", "gho_", Alphanumeric, 36, 255),
    format(
        "a GitHub user-to-server token",
        "ghu_",
        Alphanumeric,
        36,
        255,
    ),
    format("a GitHub app token", "ghs_", Alphanumeric, 36, 255),
    format("a GitHub refresh token", "ghr_", Alphanumeric, 36, 255),
    format("a GitLab personal access token", "glpat-", Dotted, 20, 300),
    format("a GitLab deploy token", "gldt-", Word, 20, 64),
    format("a GitLab runner token", "glrt-", Dotted, 20, 300),
    format("a GitLab trigger token", "glptt-", Word, 20, 64),
    format("a GitLab job token", "glcbt-", Dotted, 20, 300),
    format("a GitLab agent token", "glagent-", Word, 40, 64),
    format("a Slack bot token", "xoxb-", Word, 20, 250),
    format("a Slack user token", "xoxp-", Word, 20, 250),
    format("a Slack workspace token", "xoxa-", Word, 20, 250),
    format("a Slack session token", "xoxs-", Word, 20, 250),
    format("a Slack configuration token", "xoxe.", Dotted, 20, 300),
    format("a Slack app token", "xapp-", Word, 20, 250),
    format(
        "a Slack webhook URL",
        "hooks.slack.com/services/",
        Path,
        24,
        120,
    ),
    format(
        "a Slack workflow URL",
        "hooks.slack.com/workflows/",
        Path,
        24,
        120,
    ),
    format(
        "a Slack trigger URL",
        "hooks.slack.com/triggers/",
        Path,
        24,
        120,
    ),
    format(
        "a Discord webhook URL",
        "discord.com/api/webhooks/",
        Path,
        60,
        140,
    ),
    format(
        "a Discord webhook URL",
        "discordapp.com/api/webhooks/",
        Path,
        60,
        140,
    ),
    format(
        "a Microsoft Teams webhook URL",
        ".webhook.office.com/webhookb2/",
        Path,
        60,
        300,
    ),
    format(
        "a Zapier webhook URL",
        "hooks.zapier.com/hooks/catch/",
        Path,
        10,
        60,
    ),
    format("a live Stripe key", "sk_live_", Alphanumeric, 16, 255),
    format(
        "a live restricted Stripe key",
        "rk_live_",
        Alphanumeric,
        16,
        255,
    ),
    format("a Stripe test key", "sk_test_", Alphanumeric, 16, 255),
    format("a Stripe webhook secret", "whsec_", Base64, 24, 100),
    format("a Twilio API key", "SK", Hex, 32, 32),
    format("a SendGrid key", "SG.", Dotted, 60, 80),
    format("a Mailgun key", "key-", Hex, 32, 32),
    format("a Brevo key", "xkeysib-", Word, 70, 100),
    format("a Brevo SMTP key", "xsmtpsib-", Word, 70, 100),
    format("a Resend key", "re_", Word, 30, 40),
    format("an OpenAI project key", "sk-proj-", Word, 40, 250),
    format(
        "an OpenAI service account key",
        "sk-svcacct-",
        Word,
        40,
        250,
    ),
    format("an OpenAI admin key", "sk-admin-", Word, 40, 250),
    format("an OpenAI key", "sk-", Alphanumeric, 40, 64),
    format("an Anthropic key", "sk-ant-", Word, 40, 250),
    format("an OpenRouter key", "sk-or-v1-", Hex, 64, 64),
    format("a Langfuse secret key", "sk-lf-", Word, 32, 40),
    format("a LangSmith key", "lsv2_pt_", Word, 32, 60),
    format("a LangSmith service key", "lsv2_sk_", Word, 32, 60),
    format("a Groq key", "gsk_", Alphanumeric, 48, 60),
    format("a Perplexity key", "pplx-", Alphanumeric, 40, 64),
    format("an xAI key", "xai-", Alphanumeric, 60, 100),
    format("a Replicate token", "r8_", Alphanumeric, 36, 40),
    format("a Tavily key", "tvly-", Word, 28, 60),
    format("a Pinecone key", "pcsk_", Word, 50, 90),
    format("a Hugging Face token", "hf_", Alphanumeric, 34, 40),
    format("an npm token", "npm_", Alphanumeric, 36, 36),
    format("a PyPI token", "pypi-", Word, 50, 300),
    format("a RubyGems key", "rubygems_", Hex, 48, 48),
    format("a Docker Hub token", "dckr_pat_", Word, 24, 40),
    format("an Artifactory token", "cmVmdGtu", Alphanumeric, 50, 80),
    format("a Databricks token", "dapi", Hex, 32, 34),
    format("a dbt Cloud token", "dbtc_", Word, 30, 80),
    format("a dbt Cloud token", "dbtu_", Word, 30, 80),
    format("a Google API key", "AIza", Word, 35, 35),
    format("a Google client secret", "GOCSPX-", Word, 24, 40),
    format("a Google access token", "ya29.", Dotted, 40, 500),
    format("a Google refresh token", "1//0", Word, 38, 120),
    format("an Azure client secret", "8Q~", Dotted, 31, 34),
    format(
        "an Azure storage account key",
        "AccountKey=",
        Base64,
        86,
        90,
    ),
    format(
        "an Azure shared access key",
        "SharedAccessKey=",
        Base64,
        43,
        50,
    ),
    format("an Azure shared access signature", "&sig=", Base64, 40, 80),
    format("a DigitalOcean token", "dop_v1_", Hex, 64, 64),
    format("a DigitalOcean OAuth token", "doo_v1_", Hex, 64, 64),
    format("a Heroku key", "HRKU-", Word, 36, 80),
    format("a Fly.io token", "fo1_", Word, 40, 60),
    format("a Netlify token", "nfp_", Alphanumeric, 36, 40),
    format("a Tailscale key", "tskey-", Word, 20, 80),
    format("a Cloudflare origin key", "v1.0-", Word, 140, 180),
    format("a PlanetScale token", "pscale_tkn_", Dotted, 32, 64),
    format("a PlanetScale password", "pscale_pw_", Dotted, 32, 64),
    format("a Supabase token", "sbp_", Hex, 40, 40),
    format("a Supabase secret key", "sb_secret_", Word, 24, 60),
    format("a Shopify access token", "shpat_", Hex, 32, 32),
    format("a Shopify shared secret", "shpss_", Hex, 32, 32),
    format("a Shopify private app token", "shppa_", Hex, 32, 32),
    format("a Square token", "sq0atp-", Word, 22, 60),
    format("a Square secret", "sq0csp-", Word, 40, 60),
    format("a New Relic key", "NRAK-", Upper, 27, 27),
    format("a Grafana service account token", "glsa_", Word, 41, 41),
    format("a Grafana Cloud token", "glc_", Base64, 32, 400),
    format("a Sentry token", "sntrys_", Base64, 60, 300),
    format("a Sentry user token", "sntryu_", Hex, 64, 64),
    format("a Dynatrace token", "dt0c01.", Dotted, 80, 100),
    format("a Sonar token", "squ_", Hex, 40, 40),
    format("a Sonar project token", "sqp_", Hex, 40, 40),
    format("a Linear key", "lin_api_", Alphanumeric, 40, 48),
    format("a Notion token", "ntn_", Alphanumeric, 40, 60),
    format("a Notion secret", "secret_", Alphanumeric, 43, 43),
    format("a Figma token", "figd_", Word, 36, 60),
    format("an Atlassian token", "ATATT3", Base64, 150, 300),
    format("a Postman key", "PMAK-", Word, 50, 70),
    format("a Contentful token", "CFPAT-", Word, 40, 50),
    format("a Typeform token", "tfp_", Word, 40, 70),
    format("an Alibaba access key", "LTAI", Alphanumeric, 20, 26),
    format("a Doppler token", "dp.pt.", Alphanumeric, 40, 48),
    format("a Doppler service token", "dp.st.", Dotted, 40, 80),
    format("a Vault token", "hvs.", Word, 24, 120),
    format("a Vault batch token", "hvb.", Word, 100, 300),
    format("a Terraform Cloud token", ".atlasv1.", Word, 60, 70),
    format("a Pulumi token", "pul-", Hex, 40, 40),
    format("a Prefect key", "pnu_", Alphanumeric, 36, 36),
    format("an age secret key", "AGE-SECRET-KEY-1", Upper, 58, 58),
];
