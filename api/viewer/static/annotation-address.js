// The panel of annotations in the page's address: "notes=open", "notes=all", and the one that is chosen, "notes=open,12".

/** How the panel stands before anybody opened it. */
export const SHUT = Object.freeze({open: false, all: false, chosen: null});

export function readAnnotations(text) {
  const [, which, chosen] = /^(open|all)(?:,(\d{1,15}))?$/.exec(text || '') || [];
  return which ? {open: true, all: which === 'all', chosen: chosen ? Number(chosen) : null} : SHUT;
}

export const writeAnnotations = ({open, all, chosen} = SHUT) => (open ? [`notes=${[all ? 'all' : 'open', chosen].filter(Boolean).join()}`] : []);
