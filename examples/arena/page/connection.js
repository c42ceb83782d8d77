// The WebSocket to the arena. It comes back by itself, so a page that is left open survives a restart of the server.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

/**
 * @param {{ onMessage: (message: any) => void, onState: (state: 'connecting' | 'live' | 'lost') => void }} handlers
 * @returns {{ send: (text: string) => void }}
 */
export function connect({ onMessage, onState }) {
  let socket;
  let wait = FIRST_WAIT;

  function open() {
    socket = new WebSocket(`ws://${location.host}/socket`);
    socket.onopen = () => {
      wait = FIRST_WAIT;
      onState('live');
      socket.send(JSON.stringify({ t: 'watch' }));
    };
    socket.onmessage = ({ data }) => onMessage(JSON.parse(data));
    socket.onclose = () => {
      onState('lost');
      setTimeout(open, wait);
      wait = Math.min(wait * 1.6, LONGEST_WAIT);
    };
  }

  onState('connecting');
  open();
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
  };
}
