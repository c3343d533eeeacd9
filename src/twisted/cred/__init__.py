"""
Who is there, and what may they do?

A protocol takes I{credentials} from its peer to a L{portal}.  A I{checker} there
says whose they are, and the application's I{realm} gives the avatar that acts
for that user.

L{portal<twisted.cred.portal>}, L{checkers<twisted.cred.checkers>} and
L{credentials<twisted.cred.credentials>} are the parts;
L{strcred<twisted.cred.strcred>} makes checkers of what a command line says.
"""
