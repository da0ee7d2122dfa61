//! The loop over the editor's messages.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use gen_lsp_types::{
    CodeActionParams, CodeActionResponse, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileSystemWatcher, GlobPattern, HoverParams, InitializeParams, Registration,
    RegistrationParams, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::handshake::{self, Client};
use super::session::Session;
use super::{actions, hover};
use crate::config::FILE_NAME;

/// How long the editor must be silent before what it said is looked at: as long as a key is held down,
/// nothing is checked.
const SILENCE: Duration = Duration::from_millis(25);

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The editor shut the server down and then let it go.
    Orderly,
    /// It went without a word, or broke the protocol; what happened.
    Abrupt(String),
}

/// Why the loop is left.
type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Serves an editor on standard input and output until it ends the session.
pub fn serve(working_directory: &Path) -> End {
    let (connection, threads) = Connection::stdio();
    let outcome = converse(&connection, working_directory);
    // The threads end when nobody holds the channels any more.
    drop(connection);
    match outcome {
        Ok(()) => match threads.join() {
            Ok(()) => End::Orderly,
            Err(error) => End::Abrupt(error.to_string()),
        },
        // The reader may wait for input for ever; it ends with the process.
        Err(error) => End::Abrupt(error.to_string()),
    }
}

fn converse(connection: &Connection, working_directory: &Path) -> Result<(), Broken> {
    let (client, mut session) = initialize(connection, working_directory)?;
    if client.watches_files {
        connection.sender.send(watch_files()?)?;
    }
    loop {
        let message = if session.is_stale() {
            connection.receiver.recv_timeout(SILENCE)
        } else {
            let message = connection.receiver.recv();
            message.map_err(|_| crossbeam_channel::RecvTimeoutError::Disconnected)
        };
        match message {
            Ok(Message::Request(request)) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                publish(connection, &mut session)?;
                let response = answer(&session, request);
                connection.sender.send(response.into())?;
            }
            Ok(Message::Notification(notification)) => {
                if notification.method == "exit" {
                    return Err("the editor left without shutting the server down".into());
                }
                take(&mut session, notification);
            }
            // We ask for nothing whose answer matters.
            Ok(Message::Response(_)) => {}
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {
                publish(connection, &mut session)?;
            }
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => {
                return Err("the editor closed the connection".into());
            }
        }
    }
}

fn initialize(
    connection: &Connection,
    working_directory: &Path,
) -> Result<(Client, Session), Broken> {
    loop {
        let (id, parameters) = connection.initialize_start()?;
        let parameters: InitializeParams = match serde_json::from_value(parameters) {
            Ok(parameters) => parameters,
            Err(error) => {
                let response = invalid(id, &error);
                connection.sender.send(response.into())?;
                continue;
            }
        };
        let client = Client::of(&parameters.capabilities);
        let answer = serde_json::to_value(handshake::answer(client))?;
        connection.initialize_finish(id, answer)?;
        let folders = handshake::folders(&parameters);
        return Ok((client, Session::new(client, working_directory, &folders)));
    }
}

/// Asks the editor to say when files change.
fn watch_files() -> Result<Message, Broken> {
    let patterns = [
        "**/*.{yml,yaml,tf}".to_owned(),
        format!("**/{FILE_NAME}"),
        "**/{.gitignore,.kestralintignore}".to_owned(),
    ];
    let watchers = patterns.map(|pattern| FileSystemWatcher {
        glob_pattern: GlobPattern::from(pattern),
        kind: None,
    });
    let options = DidChangeWatchedFilesRegistrationOptions {
        watchers: watchers.to_vec(),
    };
    let parameters = RegistrationParams {
        registrations: vec![Registration {
            id: "files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(serde_json::to_value(options)?),
        }],
    };
    let id = RequestId::from("watch-files".to_owned());
    let method = "client/registerCapability".to_owned();
    Ok(Request::new(id, method, parameters).into())
}

fn publish(connection: &Connection, session: &mut Session) -> Result<(), Broken> {
    // A mistake in one rule must not cost the user the whole server; it has been described.
    let messages = catch_unwind(AssertUnwindSafe(|| session.refresh())).unwrap_or_default();
    for message in messages {
        let method = "textDocument/publishDiagnostics".to_owned();
        let notification = Notification::new(method, message);
        connection.sender.send(notification.into())?;
    }
    Ok(())
}

fn answer(session: &Session, request: Request) -> Response {
    let id = request.id.clone();
    let answer = || match request.method.as_str() {
        "textDocument/hover" => respond(request, |parameters: HoverParams| {
            let place = parameters.text_document_position_params;
            let path = session.path_of(&place.text_document.uri)?;
            hover::hover(session, &path, place.position)
        }),
        "textDocument/codeAction" => respond(request, |parameters: CodeActionParams| {
            let path = session.path_of(&parameters.text_document.uri)?;
            let actions = actions::actions(session, &path, &parameters);
            let actions = actions.into_iter().map(CodeActionResponse::from);
            Some(actions.collect::<Vec<CodeActionResponse>>())
        }),
        other => {
            let message = format!("kestralint has no answer to {other}");
            Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
        }
    };
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        let message = "a mistake in kestralint; standard error says more".to_owned();
        Response::new_err(id, ErrorCode::InternalError as i32, message)
    })
}

fn respond<P: DeserializeOwned, R: Serialize>(
    request: Request,
    work: impl FnOnce(P) -> Option<R>,
) -> Response {
    match serde_json::from_value(request.params) {
        Ok(parameters) => match serde_json::to_value(work(parameters)) {
            Ok(result) => Response::new_ok(request.id, result),
            Err(error) => Response::new_err(
                request.id,
                ErrorCode::InternalError as i32,
                error.to_string(),
            ),
        },
        Err(error) => invalid(request.id, &error),
    }
}

fn invalid(id: RequestId, error: &serde_json::Error) -> Response {
    Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string())
}

/// Takes in a notification; one that is not understood changes nothing.
fn take(session: &mut Session, notification: Notification) {
    let parameters = notification.params;
    match notification.method.as_str() {
        "textDocument/didOpen" => with(parameters, |opened: DidOpenTextDocumentParams| {
            session.open(opened);
        }),
        "textDocument/didChange" => with(parameters, |changed: DidChangeTextDocumentParams| {
            let document = changed.text_document;
            let uri = document.text_document_identifier.uri;
            session.change(&uri, document.version, &changed.content_changes);
        }),
        "textDocument/didSave" => with(parameters, |saved: DidSaveTextDocumentParams| {
            session.save(&saved.text_document.uri);
        }),
        "textDocument/didClose" => with(parameters, |closed: DidCloseTextDocumentParams| {
            session.close(&closed.text_document.uri);
        }),
        "workspace/didChangeWatchedFiles" => {
            with(parameters, |changed: DidChangeWatchedFilesParams| {
                session.change_files(&changed.changes);
            });
        }
        "workspace/didChangeWorkspaceFolders" => {
            with(parameters, |changed: DidChangeWorkspaceFoldersParams| {
                let uris = |folders: Vec<gen_lsp_types::WorkspaceFolder>| {
                    let uris = folders.into_iter().map(|folder| folder.uri);
                    uris.collect::<Vec<Uri>>()
                };
                let event = changed.event;
                session.change_folders(&uris(event.added), &uris(event.removed));
            });
        }
        _ => {}
    }
}

fn with<P: DeserializeOwned>(parameters: Value, work: impl FnOnce(P)) {
    // Nobody waits for an answer to a notification.
    if let Ok(parameters) = serde_json::from_value(parameters) {
        work(parameters);
    }
}
