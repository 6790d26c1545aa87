/**
 * Holds the guides that `help`, `help delegation`, `help key` and `help sandbox` show: where to start, and a whole
 * job on one screen of 80 columns.
 */

/** The end of the first screen, for a new user. */
export const startGuide = `Where to start:
  tsnotary help sandbox      a server of your own, to try everything out
  tsnotary help delegation   let others sign: the whole job on one screen
  tsnotary help key          which keys there are, and what becomes of them
  tsnotary help publish      one command, with its flags and examples
`;

/** From the first key to its revocation. Each indented line can be copied, with the reader's own names. */
export const delegationGuide = `Delegations: who may sign what

The owner of a collection decides who may sign in it, and collaborators sign
with keys of their own. GUN is the collection, such as docker.io/alice/demo.

1. The owner has the server sign snapshots, once, so that others can publish:
     tsnotary key rotate GUN snapshot -r
2. The collaborator makes a key, keeps bob-key.pem and gives bob.pem to the
   owner. A key and a certificate of openssl do as well:
     tsnotary key generate --role user --output bob
     tsnotary key import bob-key.pem --role user
3. The owner says what that key may sign. docker pull looks for tags in
   targets/releases. Nothing changes for anybody before publish:
     tsnotary delegation add GUN targets/releases bob.pem --all-paths
     tsnotary status GUN
     tsnotary publish GUN
4. The collaborator signs, so or by docker push with content trust:
     tsnotary add GUN 1.0 app.tar -r targets/releases
     tsnotary publish GUN
5. Who may sign, what is signed, and by whom:
     tsnotary delegation list GUN
     tsnotary list GUN
6. Whoever holds a key of a role signs it anew when it expires soon, or when
   the key that had signed it was taken away:
     tsnotary witness GUN targets/releases -p
7. The owner takes a key out of one delegation, or of all, or removes the
   delegation. KEY_ID is what delegation list shows. What only that key has
   signed is trusted no more:
     tsnotary delegation remove GUN targets/releases KEY_ID -p
     tsnotary delegation purge GUN --key KEY_ID -p
     tsnotary delegation remove GUN targets/releases -y -p
`;

/** Which keys there are, who holds them, and what is done with them. */
export const keyGuide = `Keys: which there are, who holds them, what becomes of them

  root        the owner; says which keys hold for the rest. Whoever loses it
              loses the collection: keep a copy off this machine
  targets     the owner; signs tags, and says who else may
  snapshot    the owner, or the server, so that collaborators can publish
  timestamp   the server
  delegation  each collaborator; signs tags in targets/...

Private keys lie in the trust directory, encrypted by passphrases. These come
from NOTARY_ROOT_PASSPHRASE, NOTARY_TARGETS_PASSPHRASE,
NOTARY_SNAPSHOT_PASSPHRASE, NOTARY_DELEGATION_PASSPHRASE, else from a prompt.

Which keys are here:
     tsnotary key list
A key to sign with, for a collaborator (bob.pem is for the owner):
     tsnotary key generate --role user --output bob
     tsnotary key import bob-key.pem --role user
A copy of all keys, encrypted as they are, and back from it:
     tsnotary key export -o backup.pem
     tsnotary key import backup.pem
Another passphrase (KEY_ID is what key list shows):
     tsnotary key passwd KEY_ID
Another key in place of one that may be known to others, published at once:
     tsnotary key rotate GUN targets
     tsnotary key rotate GUN root
The server makes and holds the key from now on:
     tsnotary key rotate GUN snapshot -r
     tsnotary key rotate GUN timestamp -r
A key of a collaborator is replaced by the owner: tsnotary help delegation
`;

/** From nothing to a published collection, and what replaces the sandbox in production. */
export const sandboxGuide = `Sandbox: a Notary server on this machine, to try everything out

A shell with a server of its own, a new home folder and nothing of yours in it.
Leave it with exit, and all is gone:
     tsnotary sandbox run -- sh
In that shell, a collection, and what is signed in it:
     tsnotary init demo -p
     tsnotary add demo 1.0 app.tar -p
     tsnotary list demo
A key and a certificate of somebody who is to sign, without openssl:
     tsnotary sandbox certificate alice
     tsnotary delegation add demo targets/releases alice.crt --all-paths -p

A server that stays; it says how to point tsnotary, notary and docker at it:
     tsnotary sandbox start --detach
     tsnotary sandbox status
     tsnotary sandbox stop
One that asks for logins, of users in a file with lines user:password:
     tsnotary sandbox start --users users.txt
The tests of a program of yours, with a server that ends with them:
     tsnotary sandbox run -- npm test

Only this machine can reach it, and its keys are not encrypted. In production
run notary-server with MySQL or PostgreSQL, and notary-signer.
`;
