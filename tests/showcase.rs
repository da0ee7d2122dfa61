//! The showcase shows what the README promises: each planted mistake is found once, and nothing else is.

use std::path::Path;
use std::process::Command;

#[test]
fn each_planted_mistake_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_kestralint"))
        .args(["check", "fixtures/showcase", "--format", "concise"])
        .current_dir(root)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    insta::assert_snapshot!(text);
}
