/** Writes the completion script for fish 3.0 and later. */
export function fishScript(request: string): string {
  return `# fish completion for tsnotary
#
#   tsnotary completion fish > ~/.config/fish/completions/tsnotary.fish

function __tsnotary_complete
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    type -q -- $program; or set program tsnotary
    set -l answer ($program ${request} $typed[2..-1] "$word" 2>/dev/null); or return
    if test (count $answer) -gt 1
        printf '%s\\n' $answer[1..-2]
    else if test "$answer[-1]" != ':4'
        # Names of files, after the flag that they belong to.
        set -l parts (string match -r -- '^(-[^=]*=)?(.*)$' "$word")
        set -l flag ''
        set -l start $parts[-1]
        test (count $parts) -gt 2; and set flag $parts[2]
        for path in (__fish_complete_path "$start")
            printf '%s%s\\n' "$flag" "$path"
        end
    end
end

complete -c tsnotary -e
complete -c tsnotary -f -a '(__tsnotary_complete)'
`;
}
