import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Link, type LinkProps } from 'react-router';

type Look = 'primary' | 'plain' | 'quiet';

function className(look: Look, small: boolean): string {
  return ['button', look === 'plain' ? '' : `button--${look}`, small ? 'button--small' : ''].filter(Boolean).join(' ');
}

/** A button; one screen has at most one `primary`. */
export function Button({
  look = 'plain',
  small = false,
  type = 'button',
  className: extra = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; small?: boolean }): ReactNode {
  return <button type={type} className={`${className(look, small)} ${extra}`.trim()} {...rest} />;
}

/** A link that looks like a button, for going somewhere. */
export function ButtonLink({
  look = 'plain',
  small = false,
  ...rest
}: LinkProps & { look?: Look; small?: boolean }): ReactNode {
  return <Link className={className(look, small)} {...rest} />;
}
