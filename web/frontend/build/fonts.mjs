// Keeps the woff2 files of dkfds' fonts and drops eot, ttf and woff: every browser of the last ten years reads woff2.
export function woff2Only() {
  return {
    name: 'sagsgang-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!/dkfds[\\/]dist[\\/]css[\\/]dkfds\.css/.test(id)) return null;
      const faces = code.replace(/@font-face\s*\{[^}]*\}/g, face => {
        const file = /url\("?([^)"]*\.woff2)"?\)/.exec(face);
        if (!file) return '';
        return face.replace(/src:[^;}]*/, `src:url(${file[1]}) format("woff2")`);
      });
      return { code: faces, map: null };
    },
  };
}
