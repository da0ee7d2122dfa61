//! An editor as small as it can be: it starts the program and speaks the protocol.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What came and was not asked for yet.
    waiting: VecDeque<Value>,
    next_id: i64,
    root: String,
}

impl Editor {
    /// Starts the program without saying anything.
    pub fn start(directory: &Path) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_kestralint"))
            .arg("lsp")
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read_message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let directory = directory.canonicalize().unwrap();
        let path = directory.to_str().unwrap().replace('\\', "/");
        let path = path.trim_start_matches("//?");
        Self {
            server,
            input,
            messages,
            waiting: VecDeque::new(),
            next_id: 1,
            root: format!("file:///{}", path.trim_start_matches('/')),
        }
    }

    /// Opens a folder; `capabilities` are the editor's.
    pub fn open_folder(directory: &Path, capabilities: &Value) -> (Self, Value) {
        let mut editor = Self::start(directory);
        let root = editor.root.clone();
        let parameters = json!({
            "processId": null,
            "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": "flows"}],
            "capabilities": capabilities,
        });
        let answer = editor.request("initialize", &parameters);
        editor.notify("initialized", &json!({}));
        (editor, answer["result"].clone())
    }

    /// The URI of a file of the folder.
    pub fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    /// Sends any bytes at all.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.send_bytes(framed.as_bytes());
    }

    pub fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// Asks and waits for the answer.
    pub fn request(&mut self, method: &str, parameters: &Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        self.wait_for(|message| message["id"] == id && message["method"].is_null())
    }

    /// Waits for a message of the server.
    pub fn wait_for(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(position) = self.waiting.iter().position(&is_wanted) {
            return self.waiting.remove(position).unwrap();
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self
                .messages
                .recv_timeout(end.saturating_duration_since(Instant::now()))
                .expect("the server says nothing more");
            if is_wanted(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    /// Waits for the diagnostics of a version of a file; of none where it is not open.
    pub fn published(&mut self, path: &str, version: Option<i32>) -> Vec<Value> {
        let uri = self.uri(path);
        let message = self.wait_for(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str()
                && message["params"]["version"] == json!(version)
        });
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    pub fn open(&mut self, path: &str, text: &str) {
        let document = json!({
            "uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text,
        });
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Changes an open file; `changes` as in the protocol.
    pub fn change(&mut self, path: &str, version: i32, changes: &Value) {
        let document = json!({"uri": self.uri(path), "version": version});
        let parameters = json!({"textDocument": document, "contentChanges": changes});
        self.notify("textDocument/didChange", &parameters);
    }

    /// Tells of something that needs the file's name only: `didSave`, `didClose`.
    pub fn tell(&mut self, method: &str, path: &str) {
        let document = json!({"uri": self.uri(path)});
        self.notify(method, &json!({"textDocument": document}));
    }

    pub fn actions(&mut self, path: &str, diagnostic: &Value) -> Vec<Value> {
        let parameters = json!({
            "textDocument": {"uri": self.uri(path)},
            "range": diagnostic["range"],
            "context": {"diagnostics": [diagnostic]},
        });
        let answer = self.request("textDocument/codeAction", &parameters);
        answer["result"].as_array().unwrap().clone()
    }

    pub fn hover(&mut self, path: &str, line: u32, character: u32) -> String {
        let parameters = json!({
            "textDocument": {"uri": self.uri(path)},
            "position": {"line": line, "character": character},
        });
        let answer = self.request("textDocument/hover", &parameters);
        let text = answer["result"]["contents"]["value"].as_str();
        text.unwrap_or_default().to_owned()
    }

    /// Ends the session as editors do; gives the exit status.
    pub fn shut_down(mut self) -> Option<i32> {
        let answer = self.request("shutdown", &Value::Null);
        assert!(answer["error"].is_null(), "{answer}");
        self.notify("exit", &Value::Null);
        self.end().0
    }

    /// Closes the connection; gives the exit status and what stood on standard error.
    pub fn end(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.server.try_wait().unwrap() {
                let mut text = String::new();
                let mut stream = self.server.stderr.take().unwrap();
                stream.read_to_string(&mut text).unwrap();
                return (status.code(), text);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not end");
    }

    /// Whether nothing comes for a while.
    pub fn is_silent(&mut self) -> bool {
        self.messages.recv_timeout(Duration::from_millis(300)) == Err(RecvTimeoutError::Timeout)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read_message(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => {
                if let Some(figure) = header.strip_prefix("Content-Length: ") {
                    length = figure.parse().ok()?;
                }
            }
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// A text after the edits of a code action to one file, applied as an editor does that counts columns
/// in UTF-16.
pub fn edited(text: &str, action: &Value, uri: &str) -> String {
    let edits = action["edit"]["changes"][uri].as_array();
    let mut edits: Vec<(usize, usize, String)> = edits
        .unwrap_or_else(|| panic!("no edits of {uri} in {action}"))
        .iter()
        .map(|edit| {
            let place = |end: &str| offset(text, &edit["range"][end]);
            let content = edit["newText"].as_str().unwrap().to_owned();
            (place("start"), place("end"), content)
        })
        .collect();
    edits.sort();
    let mut changed = text.to_owned();
    for (start, end, content) in edits.into_iter().rev() {
        changed.replace_range(start..end, &content);
    }
    changed
}

fn offset(text: &str, position: &Value) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (index, character) in text[start..].char_indices() {
        if units == column {
            return start + index;
        }
        units += character.len_utf16();
    }
    text.len()
}
