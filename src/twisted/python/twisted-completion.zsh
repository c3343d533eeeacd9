#compdef twist twistd trial conch cftp ckeygen tkconch pyhtmlizer

# Tab-completion for programs that read their command line with
# twisted.python.usage: the program itself knows its options, and writes the
# code that completes them.
#
# Put this file into a directory of $fpath under the name _twisted.  For a
# program of your own, name it after #compdef.

local answer

# $words has what was typed; $CURRENT counts to the word at the cursor.
answer="$("${(Q)words[@]}" --_shell-completion "zsh:$CURRENT" 2>/dev/null)"

if [[ $answer == '#compdef'* ]]; then
    eval "$answer"
else
    _default
fi
