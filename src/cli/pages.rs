//! What is made from the command line's own description: completions and the man page.

use std::io;

use clap::CommandFactory;

use super::{Cli, Shell};

/// The completion script for `shell`.
pub fn completions(shell: Shell) -> Vec<u8> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "autograde", &mut script);
    script
}

/// The man page: the program's own, followed by those of its subcommands.
///
/// # Errors
///
/// Never in practice: it is written to memory.
pub fn man() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let is_own = |command: &&clap::Command| command.get_name() != "help";
    for subcommand in command.get_subcommands().filter(is_own) {
        let title = format!("autograde {}", subcommand.get_name());
        section(&title, subcommand, &mut page)?;
        for below in subcommand.get_subcommands().filter(is_own) {
            section(&format!("{title} {}", below.get_name()), below, &mut page)?;
        }
    }
    Ok(page)
}

fn section(title: &str, command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    page.extend_from_slice(format!(".SH \"{}\"\n", title.to_uppercase()).as_bytes());
    let man = clap_mangen::Man::new(command.clone());
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)
}
