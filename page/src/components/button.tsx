import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon';

interface ButtonProps {
  icon?: IconName;
  /** Default `plain`. */
  look?: 'primary' | 'plain' | 'quiet';
  /** Said in place of the children, where they are not shown. */
  label?: string;
  /** `aria-disabled`: the button can be focused and says by `title` why it does nothing. */
  unavailable?: string;
  children?: ComponentChildren;
  onClick: () => void;
}

export function Button({ icon, look = 'plain', label, unavailable, children, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button button--${look}${children ? '' : ' button--icon'}`}
      aria-label={label}
      title={unavailable ?? (children ? undefined : label)}
      aria-disabled={unavailable ? true : undefined}
      onClick={() => !unavailable && onClick()}
    >
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  );
}
