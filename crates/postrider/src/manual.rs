//! `postrider manual` and `postrider completions`: what packages install beside the program.

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a manual page for each command into a folder
///
/// As `man` wants them: postrider.1, postrider-serve.1 and so on. The folder is made if it is
/// not there; `/usr/local/share/man/man1` is where `man` looks.
#[derive(clap::Args)]
pub(crate) struct ManualArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Print completions for a shell
///
/// For bash, in ~/.bashrc: source <(postrider completions bash). For zsh write them to a file
/// _postrider in a folder of $fpath; for fish, to ~/.config/fish/completions/postrider.fish.
#[derive(clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn write_pages(args: &ManualArgs, command: Command) -> anyhow::Result<ExitCode> {
    let explain = || args.folder.display().to_string();
    std::fs::create_dir_all(&args.folder).with_context(explain)?;
    clap_mangen::generate_to(command, &args.folder).with_context(explain)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn print_completions(
    args: &CompletionsArgs,
    mut command: Command,
) -> anyhow::Result<ExitCode> {
    let name = command.get_name().to_owned();
    let mut completions = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut completions);
    // A reader that has gone away is no fault of ours.
    let _ = std::io::stdout().lock().write_all(&completions);
    Ok(ExitCode::SUCCESS)
}
