/** Writes the completion script for bash 3.2 and later; it needs no other package. */
export function bashScript(request: string): string {
  return `# bash completion for tsnotary
#
#   source <(tsnotary completion bash)

${readingWords}
# Asks the program that is being typed; nothing of the line is evaluated.
__tsnotary_ask() {
    local program=\${typed[0]/#\\~\\//$HOME/}
    case $(type -t "$program") in
        file | function) ;;
        *) program=tsnotary ;;
    esac
    "$program" ${request} "\${typed[@]:1}" 2>/dev/null
}

${quoting}
${completing}
complete -o default -F __tsnotary_complete tsnotary
`;
}

const readingWords = `# Puts the words up to the cursor into the array 'typed'. Bash splits at = and : too, which stand
# inside flags and GUNs: what no blank parts is one word. 'current' is the part that bash replaces.
__tsnotary_typed() {
    local left=\${COMP_LINE:0:COMP_POINT} from piece i count=0
    typed=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        from=\${left#"\${left%%[![:space:]]*}"}
        piece=\${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then piece=$from current=$from; fi
        if ((count > 0)) && [[ $from == "$left" ]]; then
            typed[count - 1]+=$piece
        else
            typed[count++]=$piece
        fi
        left=\${from#"$piece"}
    done
}

# Puts the word as the shell would read it into 'text', and the quote that is open at its end into 'open'.
__tsnotary_unquote() {
    local word=$1 char escapable='["\\\\$\`]*'
    text='' open=''
    while [[ -n $word ]]; do
        char=\${word:0:1} word=\${word:1}
        if [[ $open == "'" && $char != "'" ]]; then
            text+=$char
        elif [[ $char == '\\' && ($open != '"' || $word == $escapable) ]]; then
            text+=\${word:0:1} word=\${word:1}
        elif [[ $char == "$open" ]]; then
            open=''
        elif [[ -z $open && $char == [\\"\\'] ]]; then
            open=$char
        else
            text+=$char
        fi
    done
}
`;

const quoting = `# Puts the candidate 'text' as the shell has to be given it into 'text': within the quotes that are open, if any.
__tsnotary_quote() {
    local backslash='\\' double='"' single="'" dollar='$' tick='\`' closed="'\\''"
    case $open in
        "$single") text=\${text//"$single"/"$closed"} ;;
        "$double")
            # Within these quotes bash would look for it in its history.
            if [[ $text == *!* ]]; then return 1; fi
            text=\${text//"$backslash"/"$backslash$backslash"}
            text=\${text//"$double"/"$backslash$double"}
            text=\${text//"$dollar"/"$backslash$dollar"}
            text=\${text//"$tick"/"$backslash$tick"}
            ;;
        *) if [[ $text == *[^[:alnum:]_./:@%+,=-]* ]]; then printf -v text '%q' "$text"; fi ;;
    esac
}
`;

const completing = `__tsnotary_complete() {
    local typed current answer directive line text meaning i longest=0 tab=$'\\t'
    local open='' before lead='' plain meanings=()
    COMPREPLY=()
    __tsnotary_typed
    # Bash replaces what follows the last = or : alone, and in quotes what follows the quote.
    before=\${typed[\${#typed[@]} - 1]%"$current"}
    case $current in
        *[!:=]* | '') ;;
        *) before+=$current current='' ;;
    esac
    case $before in
        -*=*) before=\${before#*=} ;;
        *) if [[ $current == -*=* ]]; then lead=\${current%%=*}=; fi ;;
    esac
    __tsnotary_unquote "$before"
    before=$text
    for i in "\${!typed[@]}"; do
        __tsnotary_unquote "\${typed[i]}"
        typed[i]=$text
    done
    # Of a word that is quoted in part it is not known what bash replaces.
    __tsnotary_unquote "$current"
    plain=\${current//\\\\?/}
    case $open in
        '') if [[ $plain == *[\\"\\']* ]]; then return 0; fi ;;
        *) if [[ \${plain#"$open"} == *"$open"* || $plain != "$open"* ]]; then return 0; fi ;;
    esac
    answer=$(__tsnotary_ask) || return 0
    directive=\${answer##*:}
    while IFS= read -r line; do
        text=\${line%%$tab*}
        if [[ -z $text || $text != "$before"* ]]; then continue; fi
        meaning=\${line#"$text"}
        text=\${text#"$before"}
        __tsnotary_quote || continue
        text=$lead$text
        COMPREPLY[\${#COMPREPLY[@]}]=$text
        meanings[\${#meanings[@]}]=\${meaning#$tab}
        if ((\${#text} > longest)); then longest=\${#text}; fi
    done <<<"\${answer%:*}"
    if [[ $directive == 4 && $(type -t compopt) == builtin ]]; then compopt +o default; fi
    # One candidate is inserted, and so is each in turn by menu-complete; several are listed, each with its meaning.
    if ((\${#COMPREPLY[@]} == 1)) || [[ $COMP_TYPE == 37 || $COMP_TYPE == 42 ]]; then return 0; fi
    for i in "\${!COMPREPLY[@]}"; do
        text=\${COMPREPLY[i]} meaning=\${meanings[i]}
        if [[ -z $meaning ]] || ((\${#text} + 8 > \${COLUMNS:-80})); then continue; fi
        printf -v line '%-*s  (%s)' "$longest" "$text" "$meaning"
        if ((longest + 8 > \${COLUMNS:-80})); then line="$text  ($meaning)"; fi
        COMPREPLY[i]=\${line:0:\${COLUMNS:-80}}
    done
}
`;
