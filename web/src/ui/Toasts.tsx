import { useSyncExternalStore, type ReactNode } from 'react';
import { Button } from './Button';
import { dismissToast, toastMessages, watchToasts } from './toasts';

/** Where messages appear; stands once in the frame. */
export function Toasts(): ReactNode {
  const messages = useSyncExternalStore(watchToasts, toastMessages);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {messages.map((message) => (
        <div key={message.id} className={`toast notice--${message.kind}`}>
          <span>{message.text}</span>
          <Button look="quiet" small onClick={() => dismissToast(message.id)}>
            Close
          </Button>
        </div>
      ))}
    </div>
  );
}
