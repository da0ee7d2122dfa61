//! The languages of programs in flows.

/// The language of a text that is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Bourne shells.
    Shell,
    /// PowerShell.
    PowerShell,
    /// Python, Jython.
    Python,
    /// JavaScript and TypeScript under Node or Bun.
    Node,
    /// JavaScript and TypeScript under Deno, and inside the Java machine.
    JavaScript,
    /// R.
    R,
    /// Julia.
    Julia,
    /// Ruby.
    Ruby,
    /// Perl.
    Perl,
    /// PHP.
    Php,
    /// Lua.
    Lua,
    /// Go.
    Go,
    /// Groovy.
    Groovy,
    /// Java, by JBang.
    Java,
    /// C# and F#.
    DotNet,
    /// SQL.
    Sql,
    /// Some other one.
    Other,
}

impl Language {
    /// The language of the property `script` of a type; none where the type is not known to run one.
    pub(crate) fn of_script(type_name: &str) -> Option<Self> {
        let rest = type_name.strip_prefix("io.kestra.plugin.")?;
        if rest == "dlt.Run" {
            return Some(Self::Python);
        }
        let rest = rest
            .strip_prefix("scripts.")
            .or_else(|| rest.strip_prefix("graalvm."))?;
        let (package, class) = rest.split_once('.')?;
        matches!(class, "Script" | "Eval" | "FileTransform").then(|| match package {
            "shell" => Self::Shell,
            "powershell" => Self::PowerShell,
            "python" | "jython" => Self::Python,
            "node" | "bun" => Self::Node,
            "js" | "deno" | "nashorn" => Self::JavaScript,
            "r" => Self::R,
            "julia" => Self::Julia,
            "ruby" => Self::Ruby,
            "perl" => Self::Perl,
            "php" => Self::Php,
            "lua" => Self::Lua,
            "go" => Self::Go,
            "groovy" => Self::Groovy,
            "jbang" => Self::Java,
            "dotnet" => Self::DotNet,
            _ => Self::Other,
        })
    }

    /// The language that a program reads, by its name or path.
    pub(crate) fn of_interpreter(program: &str) -> Self {
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        match name.split_whitespace().next().unwrap_or_default() {
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" => Self::Shell,
            "pwsh" | "powershell" | "powershell.exe" => Self::PowerShell,
            "python" | "python3" => Self::Python,
            "node" => Self::Node,
            _ => Self::Other,
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::PowerShell => "PowerShell",
            Self::Python => "Python",
            Self::Node | Self::JavaScript => "JavaScript",
            Self::R => "R",
            Self::Julia => "Julia",
            Self::Ruby => "Ruby",
            Self::Perl => "Perl",
            Self::Php => "PHP",
            Self::Lua => "Lua",
            Self::Go => "Go",
            Self::Groovy => "Groovy",
            Self::Java => "Java",
            Self::DotNet => ".NET",
            Self::Sql => "SQL",
            Self::Other => "program",
        }
    }

    /// How a variable of the environment is read; none where nothing can be said.
    pub fn reads(self, name: &str) -> Option<String> {
        Some(match self {
            Self::Shell => format!("\"${name}\""),
            Self::PowerShell => format!("$env:{name}"),
            Self::Python => format!("os.environ['{name}']"),
            Self::Node => format!("process.env.{name}"),
            Self::R => format!("Sys.getenv(\"{name}\")"),
            Self::Julia | Self::Ruby => format!("ENV[\"{name}\"]"),
            Self::Perl => format!("$ENV{{'{name}'}}"),
            Self::Php => format!("getenv('{name}')"),
            Self::Lua => format!("os.getenv(\"{name}\")"),
            Self::Go => format!("os.Getenv(\"{name}\")"),
            Self::Groovy | Self::Java => format!("System.getenv(\"{name}\")"),
            Self::DotNet => format!("Environment.GetEnvironmentVariable(\"{name}\")"),
            Self::JavaScript | Self::Sql | Self::Other => return None,
        })
    }

    /// How two texts are joined.
    pub(crate) fn joins(self) -> Option<&'static str> {
        match self {
            Self::PowerShell
            | Self::Python
            | Self::Node
            | Self::JavaScript
            | Self::Ruby
            | Self::Groovy
            | Self::Go
            | Self::Java
            | Self::DotNet => Some(" + "),
            Self::Julia => Some(" * "),
            Self::Perl | Self::Php => Some(" . "),
            Self::Lua => Some(" .. "),
            _ => None,
        }
    }

    /// Whether a JSON text is a literal of the language that runs nothing: no `$` or `#` in it is followed.
    pub fn reads_json(self) -> bool {
        matches!(
            self,
            Self::Python
                | Self::Node
                | Self::JavaScript
                | Self::R
                | Self::Lua
                | Self::Go
                | Self::Java
                | Self::DotNet
        )
    }

    /// What begins an expression inside a literal in double quotes (in JavaScript in backticks).
    pub(crate) fn interpolates(self) -> &'static [&'static str] {
        match self {
            Self::Ruby => &["#{"],
            Self::Perl => &["@{", "${"],
            Self::Php => &["{$", "${"],
            Self::Groovy | Self::Node => &["${"],
            Self::Julia | Self::PowerShell => &["$("],
            _ => &[],
        }
    }
}
