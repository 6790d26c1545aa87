/**
 * Holds the guides that `help`, `help delegation`, `help key`, `help collaborator`, `help anchor`, `help trust` and
 * `help sandbox` show: where to start, and a whole job on one screen of 80 columns.
 */

/** The end of the first screen, for a new user. */
export const startGuide = `Where to start:
  tsnotary help sandbox        a local server for development and testing
  tsnotary help delegation     let others sign, and revoke them, on one screen
  tsnotary help collaborator   names for keys, which stand for key IDs
  tsnotary help anchor         which root is trusted, and why
  tsnotary help trust          sign the tags of images, as docker trust does
  tsnotary help key            which keys there are, and how to use them
  tsnotary help publish        one command, with its flags and examples
`;

/** From the first key to its revocation. Each indented line can be copied, with the reader's own names. */
export const delegationGuide = `Delegations: who may sign what

The owner of a collection decides who may sign in it, and collaborators sign
with keys of their own. GUN is the collection, such as docker.io/alice/demo.

1. The owner lets the server sign snapshots, once, so that others can publish:
     tsnotary key rotate GUN snapshot -r
2. The collaborator makes a key, keeps bob-key.pem and gives bob.pem to the
   owner. A key and a certificate made with openssl work, too:
     tsnotary key generate --role user --output bob
     tsnotary key import bob-key.pem --role user
3. The owner says what that key may sign. docker pull looks for tags in
   targets/releases. Other clients see the change after publish:
     tsnotary delegation add GUN targets/releases bob.pem --all-paths
     tsnotary status GUN
     tsnotary publish GUN
4. The collaborator signs, like this or with docker push and content trust:
     tsnotary add GUN 1.0 app.tar -r targets/releases
     tsnotary publish GUN
5. Anyone can list who may sign, what is signed, and by which role:
     tsnotary delegation list GUN
     tsnotary list GUN
6. Anyone who holds a key of a role can sign it again when it expires soon, or
   when the key that signed it has been removed:
     tsnotary witness GUN targets/releases -p
7. The owner revokes Bob, by name or by key ID: first a look at what would
   become of the tags, then one upload, and a proof that he is gone.
   --sign-with KEY has a key that stays sign again what he had signed:
     tsnotary delegation revoke GUN bob --dry-run
     tsnotary delegation revoke GUN bob --keep-tags-in targets -y
   delegation remove and delegation purge stage it for a later publish.
`;

/** Which keys there are, who holds them, and what is done with them. */
export const keyGuide = `Keys: which there are, who holds them, how to use them

  root        the owner; lists the keys of the other roles. Without it the
              owner loses the collection: keep a copy off this machine
  targets     the owner; signs tags, and says who else may
  snapshot    the owner, or the server, so that collaborators can publish
  timestamp   the server
  delegation  each collaborator; signs tags in targets/...

In a key file, --role user, --role delegation (the default of key import) and
any other word mean the same: a key for every delegation that lists it.

The trust directory holds private keys, encrypted by passphrases. These come
from NOTARY_ROOT_PASSPHRASE, NOTARY_TARGETS_PASSPHRASE,
NOTARY_SNAPSHOT_PASSPHRASE, NOTARY_DELEGATION_PASSPHRASE, else from a prompt.
For machines there are more: --passphrase-file, TSNOTARY_PASSPHRASE_COMMAND.

List the keys on this machine, and see which open and are expected:
     tsnotary key list
     tsnotary key check
Make a key to sign with, for a collaborator (bob.pem is for the owner):
     tsnotary key generate --role user --output bob
     tsnotary key import bob-key.pem --role user
Back up all keys, encrypted as they are, and restore them:
     tsnotary key export -o backup.pem
     tsnotary key import backup.pem
Change a passphrase (KEY_ID is what key list shows):
     tsnotary key passwd KEY_ID
Replace a key that may be compromised, and publish that at once:
     tsnotary key rotate GUN targets
     tsnotary key rotate GUN root
Let the server make and hold the key from now on:
     tsnotary key rotate GUN snapshot -r
     tsnotary key rotate GUN timestamp -r
The owner replaces the key of a collaborator: tsnotary help delegation
`;

/** What names of keys are for, and how the file comes about. */
export const collaboratorGuide = `Collaborators: names for keys

Names are kept in ~/.notary/collaborators.yaml, or in the file that
--collaborators or the setting "collaborators" names. It can lie in git:
     alice: {email: alice@acme.com, keys: [certs/alice.crt]}
     ci:    {robot: true, keys: [3f19...64 digits]}
     bob:   {keys: [1f87...64 digits], until: 2026-12-31}

Take the names that docker's roles and certificates have into the file:
     tsnotary collaborator adopt GUN
Write one, by certificate or by key ID:
     tsnotary collaborator add bob bob.pem
Show the file, and who has the keys of a collection:
     tsnotary collaborator list
     tsnotary collaborator list GUN
     tsnotary delegation list GUN --names
Find keys without names, and people who should have gone (status 3):
     tsnotary collaborator check GUN
Use a name, or 7 or more digits that one key begins with, for a key ID:
     tsnotary delegation revoke GUN bob --dry-run
     tsnotary key export --key bob -o copy.pem

The file comes first, then the role targets/NAME of docker. What a
certificate says is its maker's own word, shown as CN "bob" until adopted.
`;

/** How a root comes to be trusted, is compared, pinned and replaced. */
export const anchorGuide = `Trust: which root is trusted for a collection, and why

The root of a collection says whose keys count in it. A machine keeps the
first root that it sees, unless a pin in the configuration names another, and
follows its rotations from there: each new root is signed by the one before.

See which root is trusted, and what pins say of it:
     tsnotary anchor show GUN
Tell others its fingerprint, the SHA-256 of the root certificate:
     tsnotary anchor show GUN --format fingerprint
Compare it with what the owner says, with or without colons. The status is 0
when it is that of the root, and 4 when it is not:
     tsnotary anchor check GUN FINGERPRINT
Pin it, so that clients with this configuration take no other root:
     tsnotary anchor pin GUN FINGERPRINT
Follow the rotations of a root that is stale:
     tsnotary anchor refresh GUN
Replace one that is damaged, or of a collection that was made anew. Nothing
proves that root, so its owner has to tell the fingerprint:
     tsnotary anchor refresh GUN FINGERPRINT

Pins are in trust_pinning of the configuration. The most specific one counts:
the certificates of a GUN, of a prefix of GUNs, then a CA of a prefix. Where a
pin contradicts the trusted root, reading says so and nothing is signed.
`;

/** Before a server goes: what is kept, and what it proves. */
export const archiveGuide = `Archives: proof that outlives the server

An archive holds the trust data of collections, byte for byte as the server
gave it, in one file. It can be verified in ten years, without a server.

Keep a collection, or a list of them, before the server goes:
     tsnotary archive create GUN -o demo.tar
     tsnotary archive create --repos team.txt --history -o team.tar
Keep the fingerprint of the root apart from the archive, on paper or in git:
     tsnotary anchor show GUN --format fingerprint
Verify it: signatures, thresholds, checksums, versions and the chain of roots:
     tsnotary archive verify demo.tar --root FINGERPRINT
Read from it as from the server, as of the time when it was made:
     tsnotary list GUN --archive demo.tar
     tsnotary trust resolve IMAGE:TAG --archive demo.tar
See what it takes to bring it to an empty server, with the root key at hand;
without --dry-run it does so, and proves it:
     tsnotary archive restore demo.tar --to https://notary.example.com --dry-run

It proves what was signed, and that the server vouched for it between two
dates; it cannot prove that it was still current later. Without a fingerprint
from elsewhere, the archive itself is trusted on first use. It is a plain tar
file in the layout of OCI images, so that registries can carry it.
`;

/** From nothing to a published collection, and what replaces the sandbox in production. */
export const sandboxGuide = `Sandbox: a local Notary server for development and testing

Open a shell with a server of its own and a new, empty home directory. exit
leaves the shell and removes both:
     tsnotary sandbox run -- sh
In that shell, make a collection, sign a file, and list what is signed:
     echo hello > app.tar
     tsnotary init demo -p
     tsnotary add demo 1.0 app.tar -p
     tsnotary list demo
Make a key and a certificate for a collaborator, without openssl:
     tsnotary sandbox certificate alice
     tsnotary delegation add demo targets/releases alice.crt --all-paths -p

Start a server in the background; it shows how to point the clients at it:
     tsnotary sandbox start --detach
     tsnotary sandbox status
     tsnotary sandbox stop
Start one that demands logins, of users in a file with lines user:password:
     tsnotary sandbox start --users users.txt
Run the tests of your own program with a server:
     tsnotary sandbox run -- npm test

Only this machine can reach it, and its keys are not encrypted. In production
run notary-server with MySQL or PostgreSQL, and notary-signer.
`;

/** From the key of a signer to a tag that is taken back, with docker's words. */
export const trustGuide = `Trust: sign the tags of images, as docker trust does

IMAGE is the name of an image with its registry, such as
registry.example.com/app. docker-plugin install makes these commands docker's.

Make a key for yourself; hand alice.pub to the owner of the repositories:
     tsnotary trust key generate alice
The owner lets you sign:
     tsnotary trust signer add --key alice.pub alice IMAGE
Sign what the registry has under a tag, with all its platforms, after docker
login; or have docker's engine push an image, and sign that:
     tsnotary trust sign --from-registry IMAGE:1.0
     tsnotary trust push IMAGE:1.0
Show what is signed, and by whom:
     tsnotary trust inspect --pretty IMAGE
Deploy what was signed, and nothing else:
     tsnotary trust pull IMAGE:1.0
     docker pull "$(tsnotary trust resolve IMAGE:1.0)"
Take a tag back, or a signer:
     tsnotary trust revoke IMAGE:1.0
     tsnotary trust signer remove alice IMAGE

The trust server is that of DOCKER_CONTENT_TRUST_SERVER, else https:// and the
name of the registry. Keys and trust data are docker's: ~/.docker/trust. The
commands of Notary work on them as well, with -d ~/.docker/trust and -s URL of
the trust server. To type "docker trust" again: tsnotary docker-plugin install
`;
