/** Writes the completion script for PowerShell 5.1 and later. */
export function powershellScript(request: string): string {
  return `# PowerShell completion for tsnotary
#
#   tsnotary completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'tsnotary' -ScriptBlock {
    param($word, $commandAst, $cursor)
    # The words before the one at the cursor, which PowerShell gives up to the cursor.
    $typed = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } |
        ForEach-Object { $_.ToString() })
    $last = [string]$word
    # Older versions drop empty arguments unless they are quoted.
    if ($last -eq '' -and ($PSVersionTable.PSVersion -lt [version]'7.3' -or
            $PSNativeCommandArgumentPassing -eq 'Legacy')) {
        $last = '""'
    }
    $answer = @(& $commandAst.CommandElements[0].Value ${request} @typed $last 2>$null)
    if ($answer.Count -eq 0) { return }
    if ($answer.Count -eq 1) {
        # An empty result keeps PowerShell from offering names of files.
        if ($answer[0] -eq ':4') { '' }
        return
    }
    $flag = if ("$word" -match '^-[^=]*=') { $Matches[0] } else { '' }
    foreach ($line in $answer[0..($answer.Count - 2)]) {
        $text, $description = $line -split "\`t", 2
        if (-not $description) { $description = $text }
        $quoted = if ($text -match '[^\w./:@%+=-]') { "'" + $text.Replace("'", "''") + "'" } else { $text }
        [System.Management.Automation.CompletionResult]::new("$flag$quoted", $text, 'ParameterValue', $description)
    }
}
`;
}
