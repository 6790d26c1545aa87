/**
 * Listens to the docker CLI that runs this process as a plugin: docker closes a socket when it is to end (docker/cli,
 * cli-plugins/socket).
 */

import { connect } from 'node:net';

/**
 * Calls `end` when the docker CLI closes the socket, or is gone. A socket that cannot be reached is none: docker then
 * ends the plugin by signals alone. Node 20 cannot reach an abstract one of another program, since it puts zero bytes
 * behind the name.
 *
 * @param address `DOCKER_CLI_PLUGIN_SOCKET`: a path, or with `@` before it an abstract name of Linux
 */
export function whenDockerEnds(address: string, end: () => void): void {
  const path = address.startsWith('@') ? `\0${address.slice(1)}` : address;
  const socket = connect({ path });
  // It keeps no process alive.
  socket.unref();
  let isOpen = false;
  socket.once('connect', () => (isOpen = true));
  socket.on('error', () => undefined);
  socket.once('close', () => {
    if (isOpen) end();
  });
  socket.resume();
}
