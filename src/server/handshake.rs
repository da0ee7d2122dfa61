//! What the editor and we tell each other at first.

use gen_lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, InitializeParams, InitializeResult,
    PositionEncodingKind, Save, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions, Uri, WorkspaceFolders, WorkspaceFoldersServerCapabilities,
    WorkspaceOptions,
};

use super::actions::FIX_ALL;
use crate::text::ColumnUnit;

/// What the editor can do, as far as it matters to us.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Client {
    /// What columns are counted in.
    pub(super) unit: ColumnUnit,
    /// Whether it watches files for us when we ask.
    pub(super) watches_files: bool,
    /// Whether it shows other places that belong to a finding.
    pub(super) shows_related: bool,
}

impl Client {
    /// Reads the editor's capabilities.
    pub(super) fn of(capabilities: &ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let encodings = general.and_then(|general| general.position_encodings.as_ref());
        // Bytes are what we count inside; UTF-16 is what every editor knows.
        let unit = match encodings {
            Some(known) if known.contains(&PositionEncodingKind::UTF8) => ColumnUnit::Utf8,
            _ => ColumnUnit::Utf16,
        };
        let workspace = capabilities.workspace.as_ref();
        let watching = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let text_document = capabilities.text_document.as_ref();
        let publishing = text_document.and_then(|document| document.publish_diagnostics.as_ref());
        let related = publishing
            .and_then(|publishing| publishing.diagnostics_capabilities.related_information);
        Self {
            unit,
            watches_files: watching
                .and_then(|watching| watching.dynamic_registration)
                .unwrap_or_default(),
            shows_related: related.unwrap_or_default(),
        }
    }
}

/// The directories that the editor works in.
#[expect(
    deprecated,
    reason = "editors without workspace folders say it in the old way"
)]
pub(super) fn folders(parameters: &InitializeParams) -> Vec<Uri> {
    let folders = &parameters
        .workspace_folders_initialize_params
        .workspace_folders;
    match folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) => {
            folders.iter().map(|folder| folder.uri.clone()).collect()
        }
        _ => parameters.root_uri.clone().into_iter().collect(),
    }
}

/// What we can do.
pub(super) fn answer(client: Client) -> InitializeResult {
    let encoding = match client.unit {
        ColumnUnit::Utf8 => PositionEncodingKind::UTF8,
        ColumnUnit::Utf16 => PositionEncodingKind::UTF16,
    };
    let synchronisation = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::Bool(true)),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![
            CodeActionKind::QuickFix,
            CodeActionKind::from(FIX_ALL.to_owned()),
        ]),
        ..CodeActionOptions::default()
    };
    let workspace_folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(true.into()),
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(encoding),
            text_document_sync: Some(synchronisation.into()),
            code_action_provider: Some(actions.into()),
            hover_provider: Some(true.into()),
            workspace: Some(WorkspaceOptions {
                workspace_folders: Some(workspace_folders),
                ..WorkspaceOptions::default()
            }),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
