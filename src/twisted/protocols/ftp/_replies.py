"""
What an FTP server says, by keys that tell apart the replies of one code.

RFC 959 has the codes, RFC 2428 those of the extended data connections.
"""

from __future__ import annotations

from typing import Any

RESTART_MARKER_REPLY = "100"
SERVICE_READY_IN_N_MINUTES = "120"
DATA_CNX_ALREADY_OPEN_START_XFR = "125"
FILE_STATUS_OK_OPEN_DATA_CNX = "150"

CMD_OK = "200.1"
TYPE_SET_OK = "200.2"
ENTERING_PORT_MODE = "200.3"
EPSV_ALL_OK = "200.4"
CMD_NOT_IMPLMNTD_SUPERFLUOUS = "202"
SYS_STATUS_OR_HELP_REPLY = "211.1"
FEAT_OK = "211.2"
DIR_STATUS = "212"
FILE_STATUS = "213"
HELP_MSG = "214"
NAME_SYS_TYPE = "215"
SVC_READY_FOR_NEW_USER = "220.1"
WELCOME_MSG = "220.2"
SVC_CLOSING_CTRL_CNX = "221.1"
GOODBYE_MSG = "221.2"
DATA_CNX_OPEN_NO_XFR_IN_PROGRESS = "225"
CLOSING_DATA_CNX = "226.1"
TXFR_COMPLETE_OK = "226.2"
ENTERING_PASV_MODE = "227"
ENTERING_EPSV_MODE = "229"
USR_LOGGED_IN_PROCEED = "230.1"
GUEST_LOGGED_IN_PROCEED = "230.2"
REQ_FILE_ACTN_COMPLETED_OK = "250"
PWD_REPLY = "257.1"
MKD_REPLY = "257.2"

USR_NAME_OK_NEED_PASS = "331.1"
GUEST_NAME_OK_NEED_EMAIL = "331.2"
NEED_ACCT_FOR_LOGIN = "332"
REQ_FILE_ACTN_PENDING_FURTHER_INFO = "350"

SVC_NOT_AVAIL_CLOSING_CTRL_CNX = "421.1"
TOO_MANY_CONNECTIONS = "421.2"
CANT_OPEN_DATA_CNX = "425"
CNX_CLOSED_TXFR_ABORTED = "426"
REQ_ACTN_ABRTD_FILE_UNAVAIL = "450"
REQ_ACTN_ABRTD_LOCAL_ERR = "451"
REQ_ACTN_ABRTD_INSUFF_STORAGE = "452"

SYNTAX_ERR = "500"
SYNTAX_ERR_IN_ARGS = "501"
CMD_NOT_IMPLMNTD = "502.1"
OPTS_NOT_IMPLEMENTED = "502.2"
PASV_IPV6_NOT_IMPLEMENTED = "502.3"
BAD_CMD_SEQ = "503"
CMD_NOT_IMPLMNTD_FOR_PARAM = "504"
UNSUPPORTED_NETWORK_PROTOCOL = "522"
NOT_LOGGED_IN = "530.1"
AUTH_FAILURE = "530.2"
NEED_ACCT_FOR_STOR = "532"
FILE_NOT_FOUND = "550.1"
PERMISSION_DENIED = "550.2"
ANON_USER_DENIED = "550.3"
IS_NOT_A_DIR = "550.4"
REQ_ACTN_NOT_TAKEN = "550.5"
FILE_EXISTS = "550.6"
IS_A_DIR = "550.7"
PAGE_TYPE_UNK = "551"
EXCEEDED_STORAGE_ALLOC = "552"
FILENAME_NOT_ALLOWED = "553"

#: The texts. One with two lines is of a reply that has others in between.
RESPONSE: dict[str, Any] = {
    ANON_USER_DENIED: "550 Anonymous users are forbidden to change the filesystem",
    AUTH_FAILURE: "530 Sorry, Authentication failed.",
    BAD_CMD_SEQ: "503 Incorrect sequence of commands: %s",
    CANT_OPEN_DATA_CNX: "425 Can't open data connection.",
    CLOSING_DATA_CNX: "226 Abort successful",
    CMD_NOT_IMPLMNTD: "502 Command '%s' not implemented",
    CMD_NOT_IMPLMNTD_FOR_PARAM: "504 Not implemented for parameter '%s'.",
    CMD_NOT_IMPLMNTD_SUPERFLUOUS: "202 Command not implemented, superfluous at this site",
    CMD_OK: "200 Command OK",
    CNX_CLOSED_TXFR_ABORTED: "426 Transfer aborted.  Data connection closed.",
    DATA_CNX_ALREADY_OPEN_START_XFR: "125 Data connection already open, starting transfer",
    DATA_CNX_OPEN_NO_XFR_IN_PROGRESS: "225 data connection open, no transfer in progress",
    DIR_STATUS: "212 %s",
    ENTERING_EPSV_MODE: "229 Entering Extended Passive Mode (|||%s|).",
    ENTERING_PASV_MODE: "227 Entering Passive Mode (%s).",
    ENTERING_PORT_MODE: "200 PORT OK",
    EPSV_ALL_OK: "200 EPSV ALL OK",
    EXCEEDED_STORAGE_ALLOC: "552 Requested file action aborted, exceeded file storage allocation",
    FEAT_OK: ["211-Features:", "211 End"],
    FILENAME_NOT_ALLOWED: "553 Requested action not taken, file name not allowed",
    FILE_EXISTS: "550 %s: File exists",
    FILE_NOT_FOUND: "550 %s: No such file or directory.",
    FILE_STATUS: "213 %s",
    FILE_STATUS_OK_OPEN_DATA_CNX: "150 File status okay; about to open data connection.",
    GOODBYE_MSG: "221 Goodbye.",
    GUEST_LOGGED_IN_PROCEED: "230 Anonymous login ok, access restrictions apply.",
    GUEST_NAME_OK_NEED_EMAIL: "331 Guest login ok, type your email address as password.",
    HELP_MSG: "214 help: %s",
    IS_A_DIR: "550 %s: is a directory",
    IS_NOT_A_DIR: "550 Cannot rmd, %s is not a directory",
    MKD_REPLY: '257 "%s" created',
    NAME_SYS_TYPE: "215 UNIX Type: L8",
    NEED_ACCT_FOR_LOGIN: "332 Need account for login.",
    NEED_ACCT_FOR_STOR: "532 Need an account for storing files",
    NOT_LOGGED_IN: "530 Please login with USER and PASS.",
    OPTS_NOT_IMPLEMENTED: "502 Option '%s' not implemented.",
    PAGE_TYPE_UNK: "551 Page type unknown",
    PASV_IPV6_NOT_IMPLEMENTED: "502 PASV available only for IPv4 (use EPSV instead)",
    PERMISSION_DENIED: "550 %s: Permission denied.",
    PWD_REPLY: '257 "%s"',
    REQ_ACTN_ABRTD_FILE_UNAVAIL: "450 Requested action aborted. File unavailable.",
    REQ_ACTN_ABRTD_INSUFF_STORAGE: "452 Requested action aborted. Insufficient storage.",
    REQ_ACTN_ABRTD_LOCAL_ERR: "451 Requested action aborted. Local error in processing.",
    REQ_ACTN_NOT_TAKEN: "550 Requested action not taken: %s",
    REQ_FILE_ACTN_COMPLETED_OK: "250 Requested File Action Completed OK",
    REQ_FILE_ACTN_PENDING_FURTHER_INFO: "350 Requested file action pending further information.",
    RESTART_MARKER_REPLY: "110 MARK yyyy-mmmm",
    SERVICE_READY_IN_N_MINUTES: "120 service ready in %s minutes",
    SVC_CLOSING_CTRL_CNX: "221 Service closing control connection",
    SVC_NOT_AVAIL_CLOSING_CTRL_CNX: "421 Service not available, closing control connection.",
    SVC_READY_FOR_NEW_USER: "220 Service ready",
    SYNTAX_ERR: "500 Syntax error: %s",
    SYNTAX_ERR_IN_ARGS: "501 syntax error in argument(s) %s.",
    SYS_STATUS_OR_HELP_REPLY: "211 System status reply",
    TOO_MANY_CONNECTIONS: "421 Too many users right now, try again in a few minutes.",
    TXFR_COMPLETE_OK: "226 Transfer Complete.",
    TYPE_SET_OK: "200 Type set to %s.",
    UNSUPPORTED_NETWORK_PROTOCOL: "522 Network protocol not supported, use (%s)",
    USR_LOGGED_IN_PROCEED: "230 User logged in, proceed",
    USR_NAME_OK_NEED_PASS: "331 Password required for %s.",
    WELCOME_MSG: "220 %s",
}


def render(key: str, args: tuple[Any, ...]) -> str:
    """
    Make the line of a reply.

    @param key: one of L{RESPONSE}, of one line.
    @param args: what goes into the text; what there is no place for is left out,
        and a place that nothing is there for stays empty.
    @return: one line, whatever is in the arguments: a line end in them would begin
        a reply of its own.
    """
    text: str = RESPONSE[key]
    places = text.count("%s")
    fitting = (*args, *("",) * places)[:places]
    return (text % fitting).translate(_ONE_LINE)


#: Names of files may have line ends; they are sent as RFC 2640 and D. J. Bernstein
#: have it, and a carriage return alone, which is nothing in a name, as a space.
_ONE_LINE = {ord("\n"): "\0", ord("\r"): " "}
