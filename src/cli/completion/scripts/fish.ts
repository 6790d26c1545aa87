/** Writes the completion script for fish 3.0 and later. */
export function fishScript(request: string): string {
  return `# fish completion for tsnotary
#
#   tsnotary completion fish > ~/.config/fish/completions/tsnotary.fish

function __tsnotary_complete
    set -l typed (commandline -opc)
    set -l raw (commandline -ct)
    # Quotes that are still open are no part of the word.
    set -l word (string unescape -- "$raw"; or string replace -r '^["\\']' '' -- "$raw")
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    type -q -- $program; or set program tsnotary
    set -l answer ($program ${request} $typed[2..-1] "$word" 2>/dev/null); or return
    # What follows belongs to the flag that stands before it in the same word.
    set -l flag (string match -r -- '^-[^=]*=' "$word")
    if test (count $answer) -gt 1
        for candidate in $answer[1..-2]
            printf '%s%s\\n' "$flag" "$candidate"
        end
    else if test "$answer[-1]" != ':4'
        set -l start (string replace -r -- '^-[^=]*=' '' "$word")
        for path in (__fish_complete_path "$start")
            printf '%s%s\\n' "$flag" "$path"
        end
    end
end

# Fish makes completions of its own from the man page, with the flags of all commands at every place, and reads them
# when a command is first completed: once they are read they can be taken away.
complete -c tsnotary -e
complete -C 'tsnotary -' >/dev/null 2>&1
complete -c tsnotary -e
complete -c tsnotary -f -a '(__tsnotary_complete)'
`;
}
