/** A share of a whole as a bar; the words beside it say the same. */
export function Bar({ share, color }: { share: number; color?: string }) {
  return (
    <span class="bar" aria-hidden="true" style={{ '--share': `${share * 100}%`, ...(color && { '--color': color }) }}>
      <span />
    </span>
  );
}
