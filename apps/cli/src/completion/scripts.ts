/** What each shell evaluates to complete `shoal`: it asks `shoal complete` for every word. Where that has nothing, file names. */
const BASH = `_shoal() {
  local line lines
  mapfile -t lines < <(shoal complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  for line in "\${lines[@]}"; do COMPREPLY+=("$(printf '%q' "$line")"); done
}
complete -o default -F _shoal shoal`;

const ZSH = `#compdef shoal
_shoal() {
  local -a found
  found=("\${(@f)$(shoal complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${#found} )) && [[ -n \${found[1]} ]]; then compadd -a found; else _files; fi
}
compdef _shoal shoal`;

const FISH = `complete -c shoal -a '(shoal complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`;

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
export type Shell = keyof typeof COMPLETION_SCRIPTS;

/** The line that a person puts into the start file of the shell. */
export const START_LINES: Readonly<Record<Shell, string>> = {
  bash: 'eval "$(shoal completion bash)"   # in ~/.bashrc',
  zsh: 'eval "$(shoal completion zsh)"    # in ~/.zshrc, after compinit',
  fish: 'shoal completion fish | source     # in ~/.config/fish/config.fish',
};
