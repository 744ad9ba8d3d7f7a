/** A short message that is also read aloud. */
export interface ToastMessage {
  id: number;
  text: string;
  kind: 'plain' | 'watch' | 'breach';
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

let messages: readonly ToastMessage[] = [];
let last = 0;
const readers = new Set<() => void>();

function change(next: readonly ToastMessage[]): void {
  messages = next;
  for (const reader of readers) reader();
}

/** Shows a message for six seconds. */
export function toast(text: string, kind: ToastMessage['kind'] = 'plain'): void {
  last += 1;
  const id = last;
  change([...messages, { id, text, kind }].slice(-SHOWN_MAX));
  setTimeout(() => dismissToast(id), SHOWN_MS);
}

/** Takes a message away before its time. */
export function dismissToast(id: number): void {
  change(messages.filter((message) => message.id !== id));
}

/** The messages now shown. */
export function toastMessages(): readonly ToastMessage[] {
  return messages;
}

/** Calls `reader` after each change; returns how to stop. */
export function watchToasts(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** Copies text and says so, or says that the browser does not allow it. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is copied.`);
  } catch {
    toast('The browser does not allow copying. Select the text and copy it by hand.', 'watch');
  }
}
