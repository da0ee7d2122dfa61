//! Reads one template: what is part of the values that it prints.

use std::borrow::Cow;

use super::filter::{self, Form};
use super::input::{InputText, input_named, input_text};
use super::source::{Source, Wanted};
use super::trace::{FlowView, Frame, Origin, Print, Tracer};
use crate::analysis::{ExpressionSite, Owner};
use crate::expression::{
    BinaryOperator, ExpressionId, ExpressionKind, Operand, PartKind, Slice, Template,
};
use crate::model::{Input, SUBFLOW_TYPES, Task};
use crate::project::Cause;
use crate::syntax::{NodeId, Tree};
use crate::text::TextRange;

/// Of a name that a template sets so many origins are kept.
const MOST_ORIGINS: usize = 20;

/// The steps of a path behind its root; none for what is known only at run time.
type Steps<'run> = Vec<Option<Cow<'run, str>>>;

/// The prints of a template in which there is something of what is wanted.
pub(super) fn prints(tracer: &Tracer<'_>, frame: &Frame<'_>, site: &ExpressionSite) -> Vec<Print> {
    let mut reader = Reader {
        tracer,
        frame,
        template: &site.template,
        owner: site.owner,
        locals: Vec::new(),
    };
    reader.prints()
}

/// Reads one template.
struct Reader<'run> {
    tracer: &'run Tracer<'run>,
    frame: &'run Frame<'run>,
    template: &'run Template,
    owner: Owner,
    /// The names that the template itself gives to values.
    locals: Vec<(&'run str, Vec<Origin>)>,
}

impl<'run> Reader<'run> {
    fn prints(&mut self) -> Vec<Print> {
        let mut prints = Vec::new();
        for part in self.template.parts() {
            match part.kind {
                PartKind::Print(expression) => {
                    let origins = self.value(expression);
                    if !origins.is_empty() {
                        prints.push(Print {
                            range: part.range,
                            expression,
                            origins,
                        });
                    }
                }
                PartKind::Set { variable, value } => self.declare(variable, value),
                PartKind::For {
                    variable, iterable, ..
                } => self.declare(variable, iterable),
                _ => {}
            }
        }
        prints
    }

    fn declare(&mut self, variable: TextRange, value: ExpressionId) {
        let mut origins = self.value(value);
        // A name set to twice itself, over and over, must not fill the memory.
        origins.truncate(MOST_ORIGINS);
        self.locals.push((self.template.slice(variable), origins));
    }

    fn origin(&self, source: Source, range: TextRange) -> Vec<Origin> {
        let is_wanted = match self.tracer.wanted {
            Wanted::Untrusted => !source.is_secret(),
            Wanted::Secret => source.is_secret(),
            Wanted::Input(_) => source == Source::Input,
        };
        let origin = Origin {
            source,
            range,
            form: Form::Plain,
            way: Vec::new(),
        };
        if is_wanted { vec![origin] } else { Vec::new() }
    }

    /// What is part of a value; the depth of the recursion is what the parser allows.
    fn value(&self, id: ExpressionId) -> Vec<Origin> {
        let all = |children: Slice| {
            let children = self.template.children(children).iter();
            children.flat_map(|child| self.value(*child)).collect()
        };
        match self.template.expression(id).kind {
            ExpressionKind::Variable
            | ExpressionKind::Attribute { .. }
            | ExpressionKind::Subscript { .. } => self.path(id, false),
            ExpressionKind::Interpolation(children)
            | ExpressionKind::List(children)
            | ExpressionKind::Map(children) => all(children),
            ExpressionKind::Call { name, arguments } => self.call(id, name, arguments),
            ExpressionKind::Parentheses(inner) => self.value(inner),
            ExpressionKind::Sequence { .. } => self.sequence(id),
            ExpressionKind::Conditional {
                then, otherwise, ..
            } => {
                let mut origins = self.value(then);
                origins.extend(self.value(otherwise));
                origins
            }
            // A number, a truth, a literal; filters and tests are met at their operators.
            _ => Vec::new(),
        }
    }

    fn sequence(&self, id: ExpressionId) -> Vec<Origin> {
        let tree = self.template.resolve(id, self.tracer.target);
        let mut results: Vec<Vec<Origin>> = Vec::with_capacity(tree.nodes.len());
        for node in &tree.nodes {
            let mut of = |operand: Operand| match operand {
                Operand::Expression(expression) => self.value(expression),
                Operand::Node(index) => results
                    .get_mut(index as usize)
                    .map(std::mem::take)
                    .unwrap_or_default(),
            };
            let left = of(node.left);
            let result = match (node.operator, node.right) {
                (BinaryOperator::Filter, Operand::Expression(filter)) => {
                    self.filtered(left, filter)
                }
                (BinaryOperator::Concatenate | BinaryOperator::Add, right) => {
                    let mut origins = left;
                    origins.extend(of(right));
                    for origin in &mut origins {
                        origin.form = origin.form.joined();
                    }
                    origins
                }
                (BinaryOperator::Coalesce | BinaryOperator::CoalesceUndefined, right) => {
                    let mut origins = left;
                    origins.extend(of(right));
                    origins
                }
                // Numbers and truths.
                _ => Vec::new(),
            };
            results.push(result);
        }
        results.pop().unwrap_or_default()
    }

    fn filtered(&self, mut origins: Vec<Origin>, filter: ExpressionId) -> Vec<Origin> {
        let ExpressionKind::Filter { name, arguments } = self.template.expression(filter).kind
        else {
            return Vec::new();
        };
        let name = self.template.slice(name);
        let arguments = self.template.arguments(arguments);
        // Who replaces quotes or backslashes has thought of what they would do.
        let is_escaping = matches!(name, "replace" | "regexReplace")
            && arguments.iter().any(|argument| {
                let range = self.template.expression(argument.value).range;
                let text = self.template.slice(range);
                text.contains('\\') || text.contains("\"'\"") || text.contains("'\"'")
            });
        if is_escaping {
            origins.retain(|origin| origin.source.is_secret());
        }
        let first = arguments.first().map(|argument| argument.value);
        let literal = first.and_then(|first| self.template.string_value(first));
        origins.retain_mut(|origin| {
            let is_secret = origin.source.is_secret();
            match filter::through(name, literal.as_deref(), origin.form, is_secret) {
                Some(form) => {
                    origin.form = form;
                    true
                }
                None => false,
            }
        });
        if let ("default", Some(first)) = (name, first) {
            origins.extend(self.value(first));
        }
        origins
    }

    fn call(&self, id: ExpressionId, name: TextRange, arguments: Slice) -> Vec<Origin> {
        let range = self.template.expression(id).range;
        let arguments = self.template.arguments(arguments);
        let Some(first) = arguments.first().map(|argument| argument.value) else {
            return Vec::new();
        };
        match self.template.slice(name) {
            "secret" => self.origin(Source::Secret, range),
            "credential" => self.origin(Source::Credential, range),
            "http" => self.origin(Source::Response, range),
            "read" => self.content(first, range),
            "render" | "renderOnce" => match self.template.expression(first).kind {
                ExpressionKind::Attribute { .. } | ExpressionKind::Subscript { .. } => {
                    self.path(first, true)
                }
                _ => self.value(first),
            },
            "fromJson" | "json" | "fromIon" | "yaml" => self.value(first),
            _ => Vec::new(),
        }
    }

    /// What is part of a path: its root decides. `rendered` says that templates in it are rendered.
    fn path(&self, id: ExpressionId, rendered: bool) -> Vec<Origin> {
        let range = self.template.expression(id).range;
        let (root, steps) = match self.steps(id) {
            Path::Of(root, steps) => (root, steps),
            Path::Behind(expression) => {
                let mut origins = self.value(expression);
                for origin in &mut origins {
                    origin.form = Form::Changed;
                }
                return origins;
            }
            Path::Harmless => return Vec::new(),
        };
        let local = self.locals.iter().rev().find(|(name, _)| *name == root);
        if let Some((_, origins)) = local {
            return origins.clone();
        }
        match root {
            "inputs" => self.input(&steps, range),
            "trigger" => self.trigger(&steps, range),
            "outputs" => self.output(&steps, range),
            "vars" => self.variable(&steps, range, rendered),
            "taskrun" | "item" if is(&steps, 0, "value") => self.loop_value(range),
            _ => Vec::new(),
        }
    }

    fn steps(&self, id: ExpressionId) -> Path<'run> {
        let mut steps = Vec::new();
        let mut at = id;
        loop {
            match self.template.expression(at).kind {
                ExpressionKind::Attribute {
                    object,
                    name,
                    arguments,
                } => {
                    let name = self.template.slice(name);
                    if arguments.is_none() {
                        steps.push(Some(Cow::Borrowed(name)));
                    } else if HARMLESS_METHODS.contains(&name) {
                        return Path::Harmless;
                    } else {
                        steps.clear();
                    }
                    at = object;
                }
                ExpressionKind::Subscript { object, index } => {
                    steps.push(self.template.string_value(index));
                    at = object;
                }
                ExpressionKind::Parentheses(inner) => at = inner,
                ExpressionKind::Variable => {
                    steps.reverse();
                    let root = self.template.slice(self.template.expression(at).range);
                    return Path::Of(root, steps);
                }
                _ => return Path::Behind(at),
            }
        }
    }

    fn input(&self, steps: &Steps<'_>, range: TextRange) -> Vec<Origin> {
        let view = self.frame.view;
        if let Wanted::Input(wanted) = self.tracer.wanted {
            let mut parts = wanted.split('.').enumerate();
            let is_wanted = !steps.is_empty() && parts.all(|(index, part)| is(steps, index, part));
            return if is_wanted {
                self.origin(Source::Input, range)
            } else {
                Vec::new()
            };
        }
        let Some(input) = input_named(view.tree, view.flow, steps) else {
            return Vec::new();
        };
        let name = input.id.and_then(|id| view.tree.scalar_text(id));
        match (input_text(view.tree, input), self.frame.caller, name) {
            (InputText::Secret, ..) => self.origin(Source::SecretInput, range),
            (InputText::Free, Some((caller, passed)), Some(name)) => passed
                .and_then(|passed| caller.view.tree.get(passed, name))
                .map(|node| self.tracer.below(caller, node, range))
                .unwrap_or_default(),
            (InputText::Free, None, Some(name)) => self
                .passed_from_afar(name, range)
                .unwrap_or_else(|| self.origin(Source::Input, range)),
            _ => Vec::new(),
        }
    }

    /// What others than people pass to an input: a trigger of this flow, or a flow that calls it.
    fn passed_from_afar(&self, name: &str, range: TextRange) -> Option<Vec<Origin>> {
        if self.tracer.wanted != Wanted::Untrusted {
            return None;
        }
        let frame = self.frame;
        let is_remote =
            |origins: &Vec<Origin>| origins.iter().any(|origin| origin.source.is_remote());
        let view = frame.view;
        let passed = |node: NodeId, tree: &Tree| tree.get(tree.get(node, "inputs")?, name);
        for trigger in &view.flow.triggers {
            if let Some(node) = passed(trigger.node, view.tree) {
                let found = self.tracer.below(frame, node, range);
                if is_remote(&found) {
                    return Some(found);
                }
            }
        }
        let project = self.tracer.project;
        let member = project.member_of(view.document)?;
        for start in project.starts().iter().filter(|start| start.to == member) {
            let Cause::Call(position) = start.cause else {
                continue;
            };
            let call = project.summary(start.from).calls.get(position)?;
            let caller = self.tracer.flows.view(project.document(start.from))?;
            let Some(node) = passed(call.node, caller.tree) else {
                continue;
            };
            let caller = Frame {
                view: caller,
                depth: frame.depth + 1,
                caller: None,
            };
            let found = self.tracer.below(&caller, node, range);
            if is_remote(&found) {
                return Some(found);
            }
        }
        None
    }

    fn trigger(&self, steps: &Steps<'_>, range: TextRange) -> Vec<Origin> {
        let view = self.frame.view;
        let Some(Some(first)) = steps.first() else {
            return Vec::new();
        };
        let types = view.flow.triggers.iter().filter_map(|trigger| {
            trigger
                .type_node
                .and_then(|node| view.tree.scalar_text(node))
        });
        let sources = types.filter_map(|name| trigger_source(name, first));
        let source = sources.max();
        source.map_or_else(Vec::new, |source| self.origin(source, range))
    }

    fn task(&self, id: Option<&str>) -> Option<(&'run Task, &'run str)> {
        let view = self.frame.view;
        let index = view.flow.task_by_id(view.tree, id?)?;
        let task = view.flow.task(index);
        Some((task, view.tree.get_text(task.node, "type")?))
    }

    fn output(&self, steps: &Steps<'_>, range: TextRange) -> Vec<Origin> {
        let Some((task, type_name)) = self.task(steps.first().and_then(Option::as_deref)) else {
            return Vec::new();
        };
        let tree = self.frame.view.tree;
        let position = |name: &str| (1..steps.len()).find(|index| is(steps, *index, name));
        let own = |key: &str, from: usize| {
            let mut node = tree.get(task.node, key)?;
            for step in steps.iter().skip(from).flatten() {
                node = tree.get(node, step).unwrap_or(node);
            }
            Some(self.tracer.below(self.frame, node, range))
        };
        let found = match type_name {
            "io.kestra.plugin.core.http.Request" | "io.kestra.plugin.fs.http.Request" => {
                position("body")
                    .or_else(|| position("headers"))
                    .map(|_| self.origin(Source::Response, range))
            }
            "io.kestra.plugin.core.debug.Return" | "io.kestra.core.tasks.debugs.Return" => {
                position("value").and_then(|_| own("format", steps.len()))
            }
            "io.kestra.plugin.core.output.OutputValues" => {
                position("values").and_then(|at| own("values", at + 1))
            }
            "io.kestra.plugin.core.flow.Pause" => {
                position("onResume").map(|at| self.resumed(task, steps, at + 1, range))
            }
            name if SUBFLOW_TYPES.contains(&name) => position("outputs")
                .and_then(|at| steps.get(at + 1)?.as_deref())
                .map(|output| self.called(task, output, range)),
            _ => None,
        };
        found.unwrap_or_default()
    }

    /// What somebody wrote who resumed a paused execution.
    fn resumed(&self, task: &Task, steps: &Steps<'_>, at: usize, range: TextRange) -> Vec<Origin> {
        let tree = self.frame.view.tree;
        let asked = tree.get(task.node, "onResume");
        let mut asked = asked.into_iter().flat_map(|list| tree.items(list));
        let is_free = asked.any(|input| {
            let input = Input {
                node: input,
                id: tree.get(input, "id"),
                type_node: tree.get(input, "type"),
                form: None,
            };
            let id = input.id.and_then(|id| tree.scalar_text(id));
            id.is_some_and(|id| is(steps, at, id)) && input_text(tree, &input) == InputText::Free
        });
        if is_free {
            self.origin(Source::Input, range)
        } else {
            Vec::new()
        }
    }

    /// The output of a flow that a task calls, with what the task passes as its inputs.
    fn called(&self, task: &Task, output: &str, range: TextRange) -> Vec<Origin> {
        let Some(view) = self.tracer.callee(self.frame.view, task.node) else {
            return Vec::new();
        };
        let mut outputs = view.flow.outputs.iter();
        let declared = outputs
            .find(|declared| declared.id.and_then(|id| view.tree.scalar_text(id)) == Some(output));
        let frame = Frame {
            view,
            depth: self.frame.depth + 1,
            caller: Some((self.frame, self.frame.view.tree.get(task.node, "inputs"))),
        };
        declared
            .and_then(|declared| declared.value)
            .map(|node| self.tracer.below(&frame, node, range))
            .unwrap_or_default()
    }

    fn variable(&self, steps: &Steps<'_>, range: TextRange, rendered: bool) -> Vec<Origin> {
        let view = self.frame.view;
        let Some(Some(name)) = steps.first() else {
            return Vec::new();
        };
        let mut origins = Vec::new();
        for task in &view.flow.tasks {
            let type_name = view.tree.get_text(task.node, "type");
            let sets = type_name == Some("io.kestra.plugin.core.execution.SetVariables");
            let values = sets
                .then(|| view.tree.get(task.node, "variables"))
                .flatten();
            if let Some(node) = values.and_then(|values| view.tree.get(values, name)) {
                origins.extend(self.tracer.below(self.frame, node, range));
            }
        }
        // Kestra hands out the variables of a flow as they are written.
        let declared = rendered.then_some(view.flow.variables).flatten();
        if let Some(mut node) = declared.and_then(|variables| view.tree.get(variables, name)) {
            for step in steps.iter().skip(1).flatten() {
                node = view.tree.get(node, step).unwrap_or(node);
            }
            origins.extend(self.tracer.below(self.frame, node, range));
        }
        origins
    }

    /// The value of the nearest loop around the task.
    fn loop_value(&self, range: TextRange) -> Vec<Origin> {
        let Owner::Task(task) = self.owner else {
            return Vec::new();
        };
        let FlowView { tree, flow, .. } = self.frame.view;
        let values = flow.ancestors(task).find_map(|ancestor| {
            let node = flow.task(ancestor).node;
            let name = tree.get_text(node, "type")?.rsplit('.').next()?;
            let is_loop = matches!(name, "ForEach" | "Loop" | "EachSequential" | "EachParallel");
            let values = tree.get(node, "values").or_else(|| tree.get(node, "value"));
            values.filter(|_| is_loop)
        });
        values.map_or_else(Vec::new, |node| self.tracer.below(self.frame, node, range))
    }

    /// The content of a file.
    fn content(&self, file: ExpressionId, range: TextRange) -> Vec<Origin> {
        let Path::Of(root, steps) = self.steps(file) else {
            return Vec::new();
        };
        let view = self.frame.view;
        let source = match root {
            "inputs" => input_named(view.tree, view.flow, &steps)
                .filter(|input| input_text(view.tree, input) == InputText::File)
                .map(|_| Source::Upload),
            "outputs" => self
                .task(steps.first().and_then(Option::as_deref))
                .filter(|(_, name)| DOWNLOADS.contains(name))
                .map(|_| Source::Response),
            _ => None,
        };
        source.map_or_else(Vec::new, |source| self.origin(source, range))
    }
}

/// A path with its root; or what stands before it, where that is no variable.
enum Path<'run> {
    Of(&'run str, Steps<'run>),
    Behind(ExpressionId),
    Harmless,
}

fn is(steps: &Steps<'_>, index: usize, name: &str) -> bool {
    steps.get(index).and_then(Option::as_deref) == Some(name)
}

/// Methods that give numbers and truths.
const HARMLESS_METHODS: [&str; 9] = [
    "contains",
    "endsWith",
    "equals",
    "hashCode",
    "indexOf",
    "isEmpty",
    "length",
    "size",
    "startsWith",
];

/// Tasks that fetch a file over HTTP.
const DOWNLOADS: [&str; 3] = [
    "io.kestra.plugin.core.http.Download",
    "io.kestra.plugin.fs.http.Download",
    "io.kestra.plugin.core.http.Request",
];

/// Parts of type names of triggers that bring messages, each with what holds them.
const MESSAGES: [(&str, &[&str]); 12] = [
    (".amqp.", &["data"]),
    (".aws.sqs.", &["data"]),
    (".gcp.pubsub.", &["data"]),
    (
        ".googleworkspace.mail.",
        &["subject", "from", "textPlain", "textHtml", "snippet"],
    ),
    (".kafka.", &["value", "key", "headers"]),
    (".email.", &["subject", "body", "from"]),
    (".mail.", &["subject", "body", "from"]),
    (".mqtt.", &["payload"]),
    (".nats.", &["data", "headers"]),
    (".pulsar.", &["value", "key"]),
    (".redis.", &["value"]),
    (".azure.eventhubs.", &["body"]),
];

/// What `trigger.<name>` is where the flow has a trigger of a type.
fn trigger_source(type_name: &str, name: &str) -> Option<Source> {
    match type_name {
        "io.kestra.plugin.core.trigger.Webhook"
        | "io.kestra.core.models.triggers.types.Webhook" => {
            matches!(name, "body" | "headers" | "parameters").then_some(Source::Webhook)
        }
        "io.kestra.plugin.core.http.Trigger" => {
            matches!(name, "body" | "headers").then_some(Source::Response)
        }
        _ => MESSAGES
            .iter()
            .any(|(part, names)| type_name.contains(part) && names.contains(&name))
            .then_some(Source::Message),
    }
}
