/** Writes the completion script for zsh: a file for a directory of `fpath`, or to be sourced after `compinit`. */
export function zshScript(request: string): string {
  return `#compdef tsnotary
# zsh completion for tsnotary
#
#   tsnotary completion zsh > "\${fpath[1]}/_tsnotary"

_tsnotary() {
    local answer line text directive program=\${(Q)words[1]/#\\~\\//$HOME/}
    local -a typed found
    if ((!$+commands[$program])) && [[ ! -x $program ]]; then program=tsnotary; fi
    typed=("\${(@Q)words[1,CURRENT-1]}" "\${(Q)PREFIX}")
    answer=$("$program" ${request} "\${(@)typed[2,-1]}" 2>/dev/null) || return 1
    directive=\${answer##*:}
    for line in \${(f)\${answer%:*}}; do
        text=\${line%%$'\\t'*}
        if [[ $text == "$line" ]]; then
            found+=("\${text//:/\\\\:}")
        else
            found+=("\${text//:/\\\\:}:\${line#*$'\\t'}")
        fi
    done
    # What follows belongs to the flag that stands before it in the same word.
    compset -P 1 '-*='
    if (($#found)); then
        _describe tsnotary found
    elif [[ $directive != 4 ]]; then
        _files
    else
        return 1
    fi
}

if [[ $funcstack[1] == _tsnotary ]]; then
    _tsnotary "$@"
else
    compdef _tsnotary tsnotary
fi
`;
}
