// Texts that form-js has no translation for, replaced when the front end is built. A text that is not found exactly as
// often as expected stops the build: then form-js has changed, and somebody must look.
const REPLACED = [
  { from: "placeholder: 'Search',", to: "placeholder: 'Søg',", times: 1 },
  { from: "children: valueLabel || 'Select'", to: "children: valueLabel || 'Vælg'", times: 1 },
  { from: 'children: "Browse"', to: 'children: "Vælg fil"', times: 1 },
  { from: '`Remove list item ${itemIndex + 1}`', to: '`Fjern nummer ${itemIndex + 1}`', times: 1 },
  // The format of dates would follow the browser's language; a municipality's browser may well be English.
  { from: "function getLocaleDateFormat(locale = 'default')", to: "function getLocaleDateFormat(locale = 'da-DK')", times: 1 },
  { from: 'placeholder: getLocaleReadableDateFormat()', to: "placeholder: 'dd.mm.åååå'", times: 1 },
  { from: "placeholder: use24h ? 'hh:mm' : 'hh:mm --'", to: "placeholder: 'tt:mm'", times: 1 },
];

export function danish() {
  return {
    name: 'sagsgang-danish',
    enforce: 'pre',
    transform(code, id) {
      if (!/form-js-viewer[\\/]dist[\\/]index\.es\.js$/.test(id)) return null;
      for (const { from, to, times } of REPLACED) {
        const found = code.split(from).length - 1;
        if (found !== times) this.error(`form-js has ${found}, not ${times}, of: ${from}`);
        code = code.replaceAll(from, to);
      }
      return { code, map: null };
    },
  };
}
