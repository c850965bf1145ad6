/** Shells for which there is a script, and the script of each: it asks this program what may come next. */
export const shellOf: {
  readonly names: readonly string[];
  readonly script: (name: string) => string | null;
} = {
  names: ['bash', 'zsh', 'fish'],
  script: (name) => SCRIPTS.get(name) ?? null,
};

/** The line that asks for the shell's own completion of file names. */
export const FILES_LINE = ':files';

/**
 * `@`, `=` and `:` are taken out of what bash breaks words at, as npm's completion does it: `@web` and `--opt=value`
 * are one word each.
 */
const BASH = `# muster completion for bash: eval "$(muster completion bash)" in ~/.bashrc
COMP_WORDBREAKS=\${COMP_WORDBREAKS//[@=:]/}
_muster() {
  local line word=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = '${FILES_LINE}' ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
    else
      COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
    fi
  done < <(muster completion -- candidates "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case \${COMPREPLY[0]-} in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _muster muster
`;

const ZSH = `#compdef muster
# muster completion for zsh: eval "$(muster completion zsh)" in ~/.zshrc, after compinit
_muster() {
  local line word about nothing=1
  local -a found shown
  for line in "\${(@f)$(muster completion -- candidates "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ $line == '${FILES_LINE}' ]]; then _files && nothing=0; continue; fi
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    found+=("$word")
    if [[ -n $about && $about != $line ]]; then shown+=("$word -- $about"); else shown+=("$word"); fi
  done
  (( $#found )) && compadd -l -d shown -a found && nothing=0
  return nothing
}
if (( $+functions[compdef] )); then compdef _muster muster; fi
`;

const FISH = `# muster completion for fish: muster completion fish | source, in ~/.config/fish/config.fish
function __muster_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l found (muster completion -- candidates $words[2..-1] 2>/dev/null)
    for line in $found
        if test "$line" = '${FILES_LINE}'
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c muster -f -a '(__muster_candidates)'
`;

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['bash', BASH],
  ['zsh', ZSH],
  ['fish', FISH],
]);
