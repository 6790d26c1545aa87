/** Writes the completion script for bash 3.2 and later; it needs no other package. */
export function bashScript(request: string): string {
  return `# bash completion for tsnotary
#
#   source <(tsnotary completion bash)

# Puts the words up to the cursor into the array 'typed'. Bash splits at = and : too, which stand
# inside flags and GUNs: what no blank parts is one word.
__tsnotary_typed() {
    local left=\${COMP_LINE:0:COMP_POINT} from piece i count=0
    typed=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        from=\${left#"\${left%%[![:space:]]*}"}
        piece=\${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then piece=$from; fi
        if ((count > 0)) && [[ $from == "$left" ]]; then
            typed[count - 1]+=$piece
        else
            typed[count++]=$piece
        fi
        left=\${from#"$piece"}
    done
}

# Asks the program that is being typed; nothing of the line is evaluated.
__tsnotary_ask() {
    local program=\${typed[0]/#\\~\\//$HOME/}
    case $(type -t "$program") in
        file | function) ;;
        *) program=tsnotary ;;
    esac
    "$program" ${request} "\${typed[@]:1}" 2>/dev/null
}

__tsnotary_complete() {
    local typed answer directive line text i longest=0 tab=$'\\t' quoting='[\\\\"'"']"
    COMPREPLY=()
    __tsnotary_typed
    typed=("\${typed[@]//$quoting/}")
    answer=$(__tsnotary_ask) || return 0
    directive=\${answer##*:}
    while IFS= read -r line; do
        text=\${line%%$tab*}
        if [[ -z $text ]]; then continue; fi
        COMPREPLY[\${#COMPREPLY[@]}]=$line
        if ((\${#text} > longest)); then longest=\${#text}; fi
    done <<<"\${answer%:*}"
    if [[ $directive == 4 && $(type -t compopt) == builtin ]]; then compopt +o default; fi
    # One candidate is inserted, and so is each in turn by menu-complete; several are listed.
    for i in "\${!COMPREPLY[@]}"; do
        line=\${COMPREPLY[i]}
        text=\${line%%$tab*}
        if ((\${#COMPREPLY[@]} == 1)) || [[ $COMP_TYPE == 37 || $COMP_TYPE == 42 || $text == "$line" ]]; then
            COMPREPLY[i]=$text
        else
            printf -v line '%-*s  (%s)' "$longest" "$text" "\${line#*$tab}"
            COMPREPLY[i]=\${line:0:\${COLUMNS:-80}}
        fi
    done
}

complete -o default -F __tsnotary_complete tsnotary
`;
}
